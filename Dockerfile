# The image of one service: docker build --build-arg SERVICE=order-service --tag order-saga/order-service:0.1.0 .
# Node runs the TypeScript as it is, so nothing is built; BuildKit, Docker's default, is needed for the cache mount.

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app


FROM base AS build
ARG SERVICE
RUN : "${SERVICE:?say which service, as in --build-arg SERVICE=order-service}"

# What npm needs to know of the workspaces, apart from their code: the packages are fetched anew only where it changes.
COPY package.json package-lock.json .npmrc ./
COPY protos/package.json protos/
COPY saga/package.json saga/
COPY platform/package.json platform/
COPY ${SERVICE}/package.json ${SERVICE}/
RUN --mount=type=cache,target=/root/.npm,sharing=locked \
    npm ci --workspace=${SERVICE} --include-workspace-root=false --omit=dev --ignore-scripts --prefer-offline

# Google's protos are 88 MB; ours import these folders.
RUN cd node_modules/google-proto-files \
    && find . -mindepth 1 -maxdepth 1 ! -name package.json ! -name LICENSE ! -name google -exec rm -rf {} + \
    && find google -mindepth 1 -maxdepth 1 ! -name protobuf ! -name rpc ! -name type -exec rm -rf {} +

COPY protos protos
COPY saga saga
COPY platform platform
COPY ${SERVICE} ${SERVICE}
COPY deploy/compose/health-check.js ./
# npm has linked the workspaces that this service needs; the others go.
RUN rm package-lock.json .npmrc \
    && for workspace in protos saga platform; do \
         [ -e "node_modules/@shop/${workspace}" ] || rm -r "${workspace}"; \
       done

# Node keeps what it compiled by its version, the user's id and the paths: all three are those of the image. The service is
# loaded, refuses to start without an environment, and what it imports is compiled by then; so is what it imports later, where it
# has that at all.
COPY tools/src/system/load-services.ts /tmp/load/
RUN install -d -o 10001 -g 10001 .compile-cache
USER 10001:10001
RUN NODE_COMPILE_CACHE=/app/.compile-cache node /tmp/load/load-services.ts /app/${SERVICE}/src/main.ts \
      /app/${SERVICE}/src/store/mongo-storage.ts /app/node_modules/ioredis/built/index.js
USER 0:0
RUN chmod -R go-w,a+rX .


FROM base AS runtime
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${SERVICE}" \
      org.opencontainers.image.description="${SERVICE} of order-saga, which never loses an order and never charges twice" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    HOST=0.0.0.0 \
    OPS_PORT=9180
COPY --from=build --chown=0:0 /app /app
WORKDIR /app/${SERVICE}
USER 10001:10001
# The health check asks the ops port; it needs neither a shell nor curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/health-check.js"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]

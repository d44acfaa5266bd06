import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  experimental,
  ServerCredentials,
} from "@grpc/grpc-js";
import { leastTlsVersion, type Tls, type TlsMaterial, tlsServerOptions } from "./tls.ts";

/** How a server proves itself, and whether its callers have to. */
export interface ServerTls {
  readonly tls: Tls;
  /** Whether callers need a certificate that a CA of ours has signed. */
  readonly needsClientCertificate: boolean;
}

/** What a gRPC server listens with: plaintext without TLS. */
export function serverCredentials(own: ServerTls | undefined): ServerCredentials {
  return own === undefined ? ServerCredentials.createInsecure() : new RenewedServerCredentials(own);
}

/** What a channel to these hosts connects with, and the options that go with it. */
export function channelSecurity(
  hosts: readonly string[],
  tls: Tls | undefined,
): { readonly credentials: ChannelCredentials; readonly options: ChannelOptions } {
  if (tls === undefined) return { credentials: credentials.createInsecure(), options: {} };
  const provider = new RenewedCertificates(tls);
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(provider, provider, {
      // All hosts are processes of one service, and grpc-js knows no more than the first of them by name.
      checkServerIdentity: (_, certificate) => {
        const [first, ...others] = hosts.map((host) => checkServerIdentity(host, certificate));
        return others.includes(undefined) ? undefined : first;
      },
    }),
    options: sniOptions(hosts),
  };
}

/** No IP address may be sent as the name of a server (RFC 6066, 3); Node warns of it. Nobody here asks for the name. */
function sniOptions([first = ""]: readonly string[]): ChannelOptions {
  return isIP(first) === 0 ? {} : { "grpc.ssl_target_name_override": "localhost" };
}

/**
 * grpc-js's own credentials have no limit for the handshake; its own that are renewed are not there before they are read,
 * and turn everybody away when a file is gone.
 */
class RenewedServerCredentials extends ServerCredentials {
  constructor({ tls, needsClientCertificate }: ServerTls) {
    const { cert, key, ca, ...options } = tlsServerOptions(tls, { needsClientCertificate });
    super(options, contextOf(tls.current()));
    tls.onChange((material) => this.updateSecureContextOptions(contextOf(material)));
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

function contextOf({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: leastTlsVersion } as const;
}

type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** Hands on what is current to grpc-js's channels, which take it with each connection. */
class RenewedCertificates implements experimental.CertificateProvider {
  readonly #tls: Tls;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();

  constructor(tls: Tls) {
    this.#tls = tls;
    tls.onChange(() => {
      for (const listener of this.#caListeners) this.#tellCa(listener);
      for (const listener of this.#identityListeners) this.#tellIdentity(listener);
    });
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    process.nextTick(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    process.nextTick(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  #tellCa(listener: CaListener): void {
    listener({ caCertificate: this.#tls.current().ca });
  }

  #tellIdentity(listener: IdentityListener): void {
    const { cert, key } = this.#tls.current();
    listener({ certificate: cert, privateKey: key });
  }
}

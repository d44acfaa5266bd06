/**
 * Node's HTTP. An `import` of `node:http` reads all of its exports, and with WebSocket loads the whole of undici: 1.4 MB of
 * heap and a third of the time that it takes to load HTTP.
 */
export const { Agent, createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");

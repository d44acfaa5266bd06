/** Bytes on a connection of HTTP/1 that are no request, or more than one to some readers. */
export interface OddFraming {
  readonly name: string;
  readonly bytes: Buffer;
  /** How many answers may come at most; each more answers a request that was smuggled in. */
  readonly mostAnswers: number;
}

const hidden = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";

/** A POST to `path` with these header lines and this body, which hides a request where a reader takes its end for another. */
function post(path: string, name: string, lines: readonly string[], body = hidden, mostAnswers = 1): OddFraming {
  const head = [`POST ${path} HTTP/1.1`, "host: a", "content-type: application/json", ...lines].join("\r\n");
  return { name, bytes: Buffer.from(`${head}\r\n\r\n${body}`, "latin1"), mostAnswers };
}

function raw(name: string, text: string, mostAnswers = 1): OddFraming {
  return { name, bytes: Buffer.from(text, "latin1"), mostAnswers };
}

/** Shapes of request smuggling (RFC 9112, sections 2.2, 5.2, 6.1, 6.3 and 7.1) and other things that no client sends. */
export function oddFramings(path: string): OddFraming[] {
  const chunked = "transfer-encoding: chunked";
  const end = `0\r\n\r\n${hidden}`;
  return [
    post(path, "a length and chunks", ["content-length: 5", chunked], end),
    post(path, "chunks and a length", [chunked, "content-length: 5"], end),
    post(path, "two lengths", ["content-length: 0", `content-length: ${hidden.length}`]),
    post(path, "two lengths in one", [`content-length: 0, ${hidden.length}`]),
    ...["+0", "-1", "0x0", "0 0", "1e1", "", "99999999999999999999", "0\x0b", "0;"].map((length) =>
      post(path, `the length "${length}"`, [`content-length: ${length}`]),
    ),
    ...[
      "identity",
      "xchunked",
      "chunked, identity",
      "identity, chunked, identity",
      "chunked\x0b",
      "\x00chunked",
      "gzip",
    ].map((coding) => post(path, `the coding ${JSON.stringify(coding)}`, [`transfer-encoding: ${coding}`], end)),
    post(path, "chunks twice", [chunked, chunked], end),
    post(path, "a space before the colon", ["content-length : 0"]),
    post(path, "a coding with a space before the colon", ["transfer-encoding : chunked"], end),
    post(path, "a folded header", ["x-folded: a", " content-length: 0"]),
    post(path, "a folded coding", ["transfer-encoding:", " chunked"], end),
    post(path, "a header without a colon", ["content-length"]),
    post(path, "a header with a NUL in it", ["x-a: a\0b", "content-length: 0"]),
    post(path, "a name with a NUL in it", ["x\0a: a", "content-length: 0"]),
    post(path, "a bare CR", ["x-a: a\rcontent-length: 0"]),
    post(path, "a bare LF", ["x-a: a\ncontent-length: 0"]),
    post(path, "a name of UTF-8", ["\xc3\xa9: a", "content-length: 0"]),
    post(path, "an empty name", [": a", "content-length: 0"]),
    ...["-1", "0x5", " 5", "5 5", "", "fffffffffffffffff", "g"].map((size) =>
      post(path, `a chunk of size "${size}"`, [chunked], `${size}\r\n{}\r\n0\r\n\r\n${hidden}`),
    ),
    post(path, "a chunk longer than it says", [chunked], `1\r\n{}\r\n0\r\n\r\n${hidden}`),
    post(path, "a chunk's line ended by LF", [chunked], `2\n{}\r\n0\r\n\r\n${hidden}`),
    post(path, "an extension with a bare LF", [chunked], `2;\n{}\r\n0\r\n\r\n${hidden}`),
    post(path, "a length as a trailer", [chunked, "connection: close"], "2\r\n{}\r\n0\r\ncontent-length: 9\r\n\r\n"),
    raw("LF for all line ends", `POST ${path} HTTP/1.1\nhost: a\ncontent-length: 0\n\n${hidden}`),
    raw("a space before the first header", `GET / HTTP/1.1\r\n host: a\r\n\r\n`),
    raw("no host", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n"),
    raw("two hosts", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n"),
    raw("HTTP/0.9", "GET /\r\n\r\n"),
    raw("HTTP/9.9", "GET / HTTP/9.9\r\nhost: a\r\n\r\n"),
    raw("no version", "GET / \r\nhost: a\r\n\r\n"),
    raw("a small http", "GET / http/1.1\r\nhost: a\r\n\r\n"),
    raw("a small method", "get / HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("an unknown method", "BREW / HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("a long method", `${"A".repeat(20_000)} / HTTP/1.1\r\nhost: a\r\n\r\n`),
    raw("a long path", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`),
    raw("a long header", `GET / HTTP/1.1\r\nhost: a\r\nx-a: ${"a".repeat(20_000)}\r\n\r\n`),
    raw("headers in masses", `GET / HTTP/1.1\r\nhost: a\r\n${"a: b\r\n".repeat(5000)}\r\n`),
    raw("a target with a space", "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("a target with a NUL", "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("no slash", "GET a HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw(
      "an upgrade",
      "GET /health/none HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n",
    ),
    raw(
      "an expectation",
      "POST / HTTP/1.1\r\nhost: a\r\nexpect: nothing\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    ),
    raw("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    raw("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    raw("NULs", "\0".repeat(100)),
    raw("something before the request", "x\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n"),
    raw("garbage after a good request", `GET /none HTTP/1.1\r\nhost: a\r\n\r\n\x01\x02${hidden}`, 2),
  ];
}

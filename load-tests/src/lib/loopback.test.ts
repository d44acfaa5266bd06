import { isLoopback } from "./loopback.ts";

test.each([
  "http://127.0.0.1:8000",
  "http://localhost:8000/path",
  "https://LOCALHOST",
  "127.0.0.1:9080",
  "127.255.1.2:1",
  "[::1]:9080",
  "http://[::1]",
])("takes %s for this machine", (target) => {
  expect(isLoopback(target)).toBe(true);
});

test.each([
  "http://example.org",
  "http://127.0.0.1.example.org",
  "http://127.0.0.1@example.org/",
  "http://localhost:80@example.org",
  "http://example.org/127.0.0.1",
  "http://example.org#@127.0.0.1",
  "http://example.org\\@127.0.0.1",
  "ftp://127.0.0.1",
  "127.0.0.256:80",
  "10.0.0.1:9080",
  "kong:8000",
  "0.0.0.0:80",
  "",
])("takes %s for another machine", (target) => {
  expect(isLoopback(target)).toBe(false);
});

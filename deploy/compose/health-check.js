// Ends with 0 where the service in this container says that it is ready, else with 1 and the reason, which
// `docker inspect` shows. JavaScript, for it runs every few seconds: Node has no types to strip.
import { get } from "node:http";

const limitMs = 4000;
// biome-ignore lint/style/noProcessEnv: the image says where the service answers, and this is no part of the service
const port = process.env.OPS_PORT;

const req = get({ host: "127.0.0.1", port, path: "/health/ready", agent: false, timeout: limitMs }, (res) => {
  if (res.statusCode === 200) {
    res.resume();
  } else {
    process.exitCode = 1;
    res.pipe(process.stdout);
  }
});
req.on("timeout", () => req.destroy(new Error(`no answer within ${limitMs} ms`)));
req.on("error", (err) => {
  process.stdout.write(`${err.message}\n`);
  process.exitCode = 1;
});

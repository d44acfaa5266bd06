import { join } from "node:path";
import { findOnPath } from "../system/find-on-path.ts";

/** How to come by k6. */
export const howToGetK6 = `Get it, version 1.8 or later:
  go install go.k6.io/k6@v1.8.1      (Go 1.24 or later; into ~/go/bin, where it is found)
  brew install k6                    (macOS, Linux)
  packages of Debian, Fedora, Windows and Docker's image: https://grafana.com/docs/k6/latest/set-up/install-k6/
Or name the program with the variable K6.`;

/** Where k6 is: what the variable K6 names, else on PATH, else where `go install` puts it; undefined where it is not. */
export async function findK6(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (env.K6) return findOnPath(env.K6, env.K6.includes("/") ? "/" : env.PATH);
  return (await findOnPath("k6", env.PATH)) ?? (await findOnPath("k6", goFolders(env).join(":")));
}

function goFolders({ GOBIN, GOPATH, HOME }: NodeJS.ProcessEnv): string[] {
  return [GOBIN, GOPATH && join(GOPATH, "bin"), HOME && join(HOME, "go", "bin")].filter(
    (folder) => folder !== undefined,
  );
}

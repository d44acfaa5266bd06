import { type Authority, type Certificate, type CertificateFiles, writeCertificates } from "@shop/testkit/certificates";
import { type Log, silentLog } from "../src/logging.ts";
import { openTls, type Tls } from "../src/tls.ts";

/** What a process has, and its files. */
export interface TestTls extends Tls {
  readonly files: CertificateFiles;
}

/** Opens what tests need, and closes it all. */
export function createTestTls() {
  const opened: TestTls[] = [];
  return {
    /** A process with this certificate, which knows this authority. */
    open(own: Certificate, authority: Pick<Authority, "cert">, log: Log = silentLog()): TestTls {
      const files = writeCertificates(own, authority);
      const tls = { ...openTls(files, { log, reloadMs: 20 }), files };
      opened.push(tls);
      return tls;
    },
    close() {
      for (const tls of opened.splice(0)) {
        tls.close();
        tls.files.remove();
      }
    },
  };
}

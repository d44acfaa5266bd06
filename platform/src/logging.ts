import { ecsFormat } from "@elastic/ecs-pino-format";
import { type Bindings, type ChildLoggerOptions, type DestinationStream, destination, type Logger, pino } from "pino";
import { currentCorrelation, traceIdOf } from "./correlation.ts";
import { createFieldTranslator, type FieldTranslator } from "./log-fields.ts";

/** The logger all code is given. A message is a constant; what varies goes into fields: `log.info({ orderId }, "order stored")`. */
export type Log = Logger;

/** How a service's log is made. */
export interface LogOptions {
  /** Stands in every line as `service.name`. */
  service: string;
  /** The least level that is written. */
  level: string;
  /**
   * Fields of this service that may show what they hold, beside those that every service may log (log-fields.ts).
   * A field in neither list is written as "[redacted]".
   */
  fields?: readonly string[];
  /** Where lines go; standard output, written asynchronously and flushed at exit, where left out. */
  destination?: DestinationStream;
}

/** Lines go out together once there are so many bytes, or after this time: a write of its own costs more than its line. */
const gatherBytes = 4096;
const gatherMs = 50;

/**
 * Creates a log that writes one JSON object per line in the form of the Elastic Common Schema.
 *
 * Inside a request each line carries its correlation id in `labels.correlation_id`, and in `trace.id` the id of the
 * trace where the caller sent one. A field `orderId` is found in `labels.order_id`, an error under `err` in `error`.
 */
export function createLog(options: LogOptions): Log {
  const translate = createFieldTranslator(options.fields ?? []);
  const ecs = ecsFormat({ serviceName: options.service, apmIntegration: false, convertErr: false });
  const log = pino(
    { ...ecs, level: options.level, mixin: correlationFields, formatters: { ...ecs.formatters, log: translate } },
    options.destination ?? destination({ fd: 1, sync: false, minLength: gatherBytes, periodicFlush: gatherMs }),
  );
  return translateChildren(log, translate);
}

/** A log that writes nothing. */
export function silentLog(): Log {
  return pino({ level: "silent" });
}

function correlationFields(): Record<string, unknown> {
  const correlation = currentCorrelation();
  if (correlation === undefined) return {};
  const traceId = traceIdOf(correlation.traceparent);
  return { correlationId: correlation.correlationId, ...(traceId && { traceId }) };
}

/** pino's formatters do not see the fields that a child is made with. Children of children inherit this one's `child`. */
function translateChildren(log: Log, translate: FieldTranslator): Log {
  const child: (this: Log, fields: Bindings, childOptions?: ChildLoggerOptions) => Log = log.child;
  function translated(this: Log, fields: Bindings, childOptions?: ChildLoggerOptions): Log {
    return child.call(this, translate(fields), childOptions);
  }
  return Object.assign(log, { child: translated });
}

import { Counter, collectDefaultMetrics, Gauge, type GaugeConfiguration, Histogram, Registry } from "prom-client";

export type { Counter, Gauge, Histogram } from "prom-client";

/** How a metric is declared. No id is ever a label: each value of a label is a series that lives for ever. */
export interface MetricSpec {
  /** The name as Prometheus sees it, in snake_case. */
  name: string;
  /** One sentence for whoever reads `/metrics`. */
  help: string;
  /** The label names. */
  labels?: readonly string[];
}

/** How a histogram is declared. */
export interface HistogramSpec extends MetricSpec {
  /** Upper bounds, in the metric's unit; prom-client's defaults (5 ms to 10 s, in seconds) where left out. */
  buckets?: readonly number[];
}

/** How a gauge is declared. */
export interface GaugeSpec extends MetricSpec {
  /** Reads the value when the metrics are asked for. Where it rejects, the whole answer fails: it must not. */
  collect?(): Promise<number>;
}

/** One service's metrics. Asking for a name again gives the metric that has it. */
export interface Metrics {
  registry: Registry;
  counter(spec: MetricSpec): Counter;
  gauge(spec: GaugeSpec): Gauge;
  histogram(spec: HistogramSpec): Histogram;
}

/** Creates the metrics of `service`, which is a label on each; those of the process are included. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const known = new Map<string, { shape: string; metric: Counter | Gauge | Histogram }>();

  function once<M extends Counter | Gauge | Histogram>(kind: string, spec: MetricSpec, create: () => M): M {
    const shape = `${kind}(${(spec.labels ?? []).join()})`;
    const found = known.get(spec.name);
    if (found === undefined) {
      refuseIds(spec);
      const metric = create();
      known.set(spec.name, { shape, metric });
      return metric;
    }
    if (found.shape !== shape)
      throw new Error(`The metric ${spec.name} is declared as ${found.shape} and as ${shape}.`);
    return found.metric as M;
  }

  return {
    registry,
    counter: (spec) => once("counter", spec, () => new Counter(settings(spec, registry))),
    gauge: (spec) => once("gauge", spec, () => new Gauge({ ...settings(spec, registry), ...collector(spec) })),
    histogram: (spec) =>
      once("histogram", spec, () => {
        const buckets = spec.buckets && [...spec.buckets];
        return new Histogram({ ...settings(spec, registry), ...(buckets && { buckets }) });
      }),
  };
}

function settings(spec: MetricSpec, registry: Registry) {
  return { name: spec.name, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [registry] };
}

function collector({ collect }: GaugeSpec): Pick<GaugeConfiguration<string>, "collect"> {
  if (collect === undefined) return {};
  return {
    async collect() {
      this.set(await collect());
    },
  };
}

function refuseIds(spec: MetricSpec): void {
  const id = spec.labels?.find((label) => /(^|_)id$|Id$/.test(label));
  if (id !== undefined) throw new Error(`The metric ${spec.name} may not have the label ${id}: ids belong in logs.`);
}

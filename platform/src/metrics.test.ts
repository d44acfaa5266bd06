import { createMetrics } from "./metrics.ts";

test("shows what was counted, with the service as a label, beside the process's own metrics", async () => {
  const metrics = createMetrics("order-service");
  metrics.counter({ name: "order_submitted_total", help: "Orders taken." }).inc();
  metrics.gauge({ name: "saga_in_flight", help: "Sagas running." }).set(3);
  metrics
    .histogram({ name: "saga_duration_seconds", help: "How long.", labels: ["status"], buckets: [1, 2] })
    .observe({ status: "Completed" }, 1.5);
  const text = await metrics.registry.metrics();
  expect(text).toContain('order_submitted_total{service="order-service"} 1');
  expect(text).toContain('saga_in_flight{service="order-service"} 3');
  expect(text).toContain('saga_duration_seconds_bucket{le="2",service="order-service",status="Completed"} 1');
  expect(text).toContain("process_resident_memory_bytes");
});

test("gives the metric that has the name already", () => {
  const metrics = createMetrics("x");
  const spec = { name: "calls_total", help: "Calls.", labels: ["target"] };
  expect(metrics.counter(spec)).toBe(metrics.counter({ ...spec }));
});

test("refuses one name for two kinds, or with other labels", () => {
  const metrics = createMetrics("x");
  metrics.counter({ name: "calls_total", help: "Calls." });
  expect(() => metrics.gauge({ name: "calls_total", help: "Calls." })).toThrow("calls_total");
  expect(() => metrics.counter({ name: "calls_total", help: "Calls.", labels: ["target"] })).toThrow("calls_total");
});

test.each(["id", "order_id", "orderId"])("refuses the label %s", (label) => {
  expect(() => createMetrics("x").counter({ name: "a_total", help: "A.", labels: [label] })).toThrow(label);
});

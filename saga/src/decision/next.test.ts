import fc from "fast-check";
import type { Refusing } from "../../test/_participants.ts";
import { Simulation } from "../../test/_simulation.ts";
import type { SagaDefinition, Step } from "../definition.ts";

const basePolicy = { retryDelayMs: 500, callTimeoutMs: 1500, giveUpAfterMs: 30_000 };
const never = () => Promise.reject(new Error("the simulation calls no step itself"));

const definitions = fc
  .record({
    kinds: fc.array(fc.constantFrom("check", "compensable"), { minLength: 1, maxLength: 4 }),
    arbiter: fc.option(fc.nat(3)),
    retries: fc.nat(2),
  })
  .map(({ kinds, arbiter, retries }): SagaDefinition<unknown> => {
    const policy = { ...basePolicy, retries };
    const steps = kinds.map((kind, index): Step<unknown> => {
      const name = `${kind}-${index}`;
      return kind === "check"
        ? { kind: "check", name, do: never, policy }
        : { kind: "compensable", name, do: never, undo: never, undoName: `undo-${index}`, policy };
    });
    const compensable = steps.filter((step) => step.kind === "compensable");
    const judge = arbiter === null ? undefined : compensable[arbiter % Math.max(compensable.length, 1)];
    const pivot: Step<unknown>[] = judge
      ? [{ kind: "pivot", name: "pivot", do: never, arbiter: judge.name, policy }]
      : [];
    return { name: "generated", timeoutMs: 300_000, steps: [...steps, ...pivot], after: {}, hash: "" };
  });

const worlds = definitions.chain((definition) =>
  fc.record({
    definition: fc.constant(definition),
    refusing: fc
      .tuple(
        fc.constantFrom(...definition.steps.map((step) => step.name)),
        fc.constantFrom("always", "retries", "never"),
      )
      .map(([step, how]): Refusing => new Map(how === "never" ? [] : [[step, how]])),
    weather: fc.record({
      calm: fc.constantFrom(1, 2, 5, 15, 40),
      areOwnersSteady: fc.boolean(),
      areCallsLate: fc.boolean(),
      hasOperator: fc.boolean(),
    }),
    choices: fc.array(fc.nat(100_000), { maxLength: 200, size: "max" }),
  }),
);

const runs = Number(process.env.SAGA_SIMULATION_RUNS ?? 8000);

test("ends every saga, and leaves all of its effects or none, whatever is late, lost, repeated, taken over or asked for by operators", () => {
  fc.assert(
    fc.property(worlds, ({ definition, refusing, weather, choices }) => {
      const world = new Simulation(definition, refusing, weather);
      for (const choice of choices) world.choose(choice);
      world.calmDown();
      expectAllOrNothing(world, definition);
    }),
    { numRuns: runs },
  );
});

test("completes an order that nothing disturbs", () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const world = new Simulation(definition, new Map());
      world.calmDown();
      expect(world.row.saga.status).toBe("Completed");
      expect(world.row.saga.history.map((entry) => entry.step)).toEqual(definition.steps.map((step) => step.name));
    }),
  );
});

function expectAllOrNothing(world: Simulation, definition: SagaDefinition<unknown>): void {
  const { participants, row } = world;
  const effects = definition.steps
    .filter((step) => step.kind === "compensable")
    .map((step) => participants.of(step.name));
  const hasPivot = definition.steps.some((step) => step.kind === "pivot");
  if (world.operator.hasCancelled && row.saga.status !== "Completed") {
    expect(row.saga.failure?.code).toBe("CANCELLED_BY_OPERATOR");
  }
  switch (row.saga.status) {
    case "Completed":
      // U2: only the arbiter lets a cancelled one through.
      expect(world.operator.hasCancelled && !hasPivot).toBe(false);
      expect(Object.keys(row.saga.data as object)).toEqual(expect.arrayContaining(namesOfEarlierSteps(definition)));
      expect(effects.every((effect) => effect === "done" || effect === "committed")).toBe(true);
      expect(participants.committed).toBe(hasPivot);
      return;
    case "Failed":
      // U4: nothing had to be undone.
      expect([...participants.everDone]).toEqual([]);
      expect(effects).not.toContain("undone");
      return;
    case "Compensated":
      expect(effects).not.toContain("done");
      expect(effects).not.toContain("committed");
      return;
    default:
      throw new Error(`not an end: ${row.saga.status}`);
  }
}

/** What they find out is known in the end; the pivot's answer may be known by its arbiter's alone. */
function namesOfEarlierSteps({ steps }: SagaDefinition<unknown>): readonly string[] {
  return steps.filter(({ kind }) => kind !== "pivot").map(({ name }) => name);
}

import { Listr, type ListrTask } from "listr2";
import type { Shop, Step } from "../system/shop-system.ts";

/** Runs the start: in a terminal as a list that fills itself in, elsewhere as a line for each thing that is done. */
export async function showProgress(shop: Shop): Promise<void> {
  if (process.stdout.isTTY) await runAsList(shop);
  else await runAsLines(shop);
}

async function runAsLines(shop: Shop): Promise<void> {
  const run = async (step: Step) => {
    const result = await step.run();
    process.stdout.write(`${step.title}: ${result}\n`);
  };
  for (const step of shop.preparation) await run(step);
  await Promise.all(shop.services.map(run));
}

async function runAsList(shop: Shop): Promise<void> {
  const tasks: ListrTask[] = [
    ...shop.preparation.map(toTask),
    { title: "Services", task: (_, task) => task.newListr(shop.services.map(toTask), { concurrent: true }) },
  ];
  await new Listr(tasks, {
    registerSignalListeners: false, // the first Ctrl-C stops what was started, instead of leaving it behind
    rendererOptions: { collapseSubtasks: false, showErrorMessage: false },
  }).run();
}

function toTask(step: Step): ListrTask {
  return {
    title: step.title,
    async task(_, task) {
      task.title = `${step.title}: ${await step.run()}`;
    },
  };
}

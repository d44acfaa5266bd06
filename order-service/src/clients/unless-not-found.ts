import { AppError } from "@shop/platform/errors";

/** What was asked for, or undefined where it is NOT_FOUND. */
export async function unlessNotFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (err) {
    if (err instanceof AppError && err.code === "NOT_FOUND") return undefined;
    throw err;
  }
}

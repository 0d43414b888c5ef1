/** Work with something to put away after it, so that neither's failure hides the other's. */

/** Something could not be put away. The cause is what the work had ended of before, if it failed too. */
export class CleanupError extends Error {
  override readonly name = 'CleanupError';
}

/**
 * Calls `cleanup` when `work` is over, however that ends. Rejects with the work's error; with a `CleanupError` where
 * the cleanup fails.
 */
export async function withCleanup<Result>(
  work: () => Promise<Result>,
  cleanup: () => Promise<void>,
): Promise<Result> {
  const ended = await work().then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  try {
    await cleanup();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CleanupError(message, { cause: 'error' in ended ? ended.error : error });
  }
  if ('error' in ended) throw ended.error;
  return ended.result;
}

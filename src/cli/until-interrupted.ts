/** Resolves on SIGINT or SIGTERM, after so many nanoseconds where they are given, or when nobody reads standard output any more. */
export function untilInterrupted(lengthNs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      resolve();
    };
    const timer = lengthNs === undefined ? undefined : setTimeout(end, lengthNs / 1e6);
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
    // Who reads its output has gone.
    process.stdout.on('error', end);
  });
}

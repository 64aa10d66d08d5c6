/**
 * Loaded before a child of the launcher: when the launcher is gone, killed without a word included, the
 * child ends itself as if told to.
 */
const GRACE_MS = 10_000;

if (process.channel) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), GRACE_MS).unref();
  });
  // Waiting for that is no reason to stay.
  process.channel.unref();
}

import { lockFolder } from './lock.ts';

/** Locks the folder of its first argument, says its process id, and stays until it is killed. */
await using _lock = await lockFolder(process.argv[2] ?? '', 'server');
process.stdout.write(`${process.pid}\n`);
await new Promise((resolve) => setTimeout(resolve, 600_000));

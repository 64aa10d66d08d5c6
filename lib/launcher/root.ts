import path from 'node:path';

/** The checkout's folder. */
export const root = path.resolve(import.meta.dirname, '../..');

/** For Node: it runs the TypeScript program that its first argument names. */
export const RUN = path.join(root, 'lib/run.js');

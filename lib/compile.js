/** Compiles programs for `run.js`. Plain JavaScript, because it runs before anything can be compiled. */
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The checkout's folder. */
export const root = path.resolve(import.meta.dirname, '..');

/** Within the checkout: in a folder that others may write to, they could put code of their own. */
const CACHE = path.join(root, 'node_modules/.cache/fiberkeep');
/** A process may still import modules of a replaced compilation for this long. */
const KEPT_MS = 24 * 3600 * 1000;

/**
 * @typedef {object} Compilation
 * @property {string} root the checkout that it was made in
 * @property {string} node
 * @property {string} main the compiled program, relative to the cache
 * @property {[file: string, size: number, modifiedMs: number][]} inputs files are relative to `root`
 */

/**
 * The compiled program's path. Processes may call this at once: each then compiles, and one result stays.
 * @param {string} program a TypeScript file, relative to the checkout
 * @returns {Promise<string>}
 */
export async function compile(program) {
  const name = program.replaceAll(/[^\w.]/g, '-');
  const record = path.join(CACHE, `${name}.json`);
  const found = readCompilation(record);
  if (found && isCurrent(found)) return path.join(CACHE, found.main);
  const folder = `${name}-${randomBytes(6).toString('hex')}`;
  const inputs = await bundle(program, path.join(CACHE, folder));
  const main = path.join(folder, path.basename(program).replace(/\.tsx?$/, '.mjs'));
  writeWhole(record, JSON.stringify({ root, node: process.version, main, inputs }));
  removeReplaced(`${name}-`, folder);
  return path.join(CACHE, main);
}

/**
 * @param {string} file
 * @returns {Compilation | null}
 */
function readCompilation(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {Compilation} made */
function isCurrent(made) {
  if (made.root !== root || made.node !== process.version) return false;
  return made.inputs.every(([file, size, modifiedMs]) => {
    const now = statSync(path.join(root, file), { throwIfNoEntry: false });
    return now?.size === size && now.mtimeMs === modifiedMs;
  });
}

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<Compilation['inputs']>}
 */
async function bundle(program, folder) {
  const { build, stop } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [program],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: `node${process.versions.node}`,
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [sourceLocations],
  });
  // Its process would stay as long as ours.
  await stop();
  return Object.keys(metafile.inputs).map((file) => {
    const { size, mtimeMs } = statSync(path.join(root, file));
    return [file, size, mtimeMs];
  });
}

/**
 * Modules find files beside their source, so `import.meta` keeps naming the source.
 * @type {import('esbuild').Plugin}
 */
const sourceLocations = {
  name: 'source-locations',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const contents = text
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)));
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * @param {string} file
 * @param {string} text
 */
function writeWhole(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

/**
 * @param {string} prefix
 * @param {string} current
 */
function removeReplaced(prefix, current) {
  for (const name of readdirSync(CACHE)) {
    if (!name.startsWith(prefix) || name === current) continue;
    const folder = path.join(CACHE, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/** Arguments of each bench. */
export interface BenchOptions {
  /** A migrated database with the sample plant, for this bench alone. */
  readonly databaseUrl: string;
  /** Contents of its posts' files. */
  readonly filesFolder: string;
  /** Folder of pg_dump and pg_restore; null if none fits the server. */
  readonly pgBin: string | null;
  log(line: string): void;
}

/** One bench of `npm run bench`, which prints its figures by `log`. */
export interface Bench {
  readonly name: string;
  run(options: BenchOptions): Promise<void>;
}

import { offsetText } from '#errors/moment-text.ts';
import { localTextOf } from '#services/schedule/night-times.ts';

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes as people read them: `1.4 MB`. */
export function formatBytes(bytes: bigint | number): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export function formatCount(count: bigint | number): string {
  return count.toLocaleString('en');
}

/** The local time in a zone, to the minute, with its offset, which no reader has to guess: `2026-11-27 01:26 -03:00`. */
export function formatTime(time: Date, timeZone: string): string {
  return `${formatLocalTime(time, timeZone)} ${offsetText(time, timeZone)}`;
}

/** `formatTime` without the offset, for names: `2026-11-27 01:26`. */
export function formatLocalTime(time: Date, timeZone: string): string {
  return localTextOf(time, timeZone).slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ');
}

/** Lays rows out in columns; a column whose head begins with a space is right-aligned. */
export function formatTable(head: readonly string[], rows: readonly string[][]): string[] {
  const titles = head.map((title) => title.trim());
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        head[column]?.startsWith(' ')
          ? cell.padStart(widths[column] ?? 0)
          : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(titles), ...rows.map(line)];
}

/** Foreign text on one line of a terminal, without control characters, which could steer the terminal. */
export function plain(text: string, longest = 60): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** A duration as people read it: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

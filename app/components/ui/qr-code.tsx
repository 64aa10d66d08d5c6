import { create } from 'qrcode';
import { classes } from './classes.ts';

interface Props {
  text: string;
  label: string;
  className?: string;
}

/** The light margin that a reader needs around the code, in modules (ISO/IEC 18004 section 6.3.8). */
const QUIET_ZONE = 4;

/** A text as a QR code; dark on light in both themes, so that every camera reads it. */
export function QrCode({ text, label, className }: Props) {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const side = modules.size + 2 * QUIET_ZONE;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      className={classes('rounded-md', className)}
    >
      <rect width={side} height={side} fill="#ffffff" />
      <path d={darkModules(modules.data, modules.size)} fill="#000000" />
    </svg>
  );
}

/** One stroke for each run of adjacent dark modules. */
export function darkModules(data: ArrayLike<number>, size: number): string {
  let path = '';
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      let end = column;
      while (end < size && data[row * size + end]) end += 1;
      if (end === column) continue;
      path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h${end - column}v1h${column - end}z`;
      column = end;
    }
  return path;
}

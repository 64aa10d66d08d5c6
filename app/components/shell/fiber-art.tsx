import { classes } from '../ui/classes.ts';

/** The colors of the twelve fibers of a tube, in their order (TIA-598-D). */
const strands = [
  '#2563eb',
  '#f97316',
  '#16a34a',
  '#8b5a2b',
  '#94a3b8',
  '#f8fafc',
  '#dc2626',
  '#64748b',
  '#facc15',
  '#8b5cf6',
  '#fb7185',
  '#2dd4bf',
];

const WIDTH = 600;
const HEIGHT = 900;

/** One strand: together in the tube at the bottom, fanned out at the top. */
function strandPath(index: number): string {
  const spread = index - (strands.length - 1) / 2;
  const top = WIDTH / 2 + spread * 62;
  const bottom = WIDTH * 0.58 + spread * 9;
  return `M ${bottom} ${HEIGHT + 20} C ${bottom} ${HEIGHT * 0.62}, ${top} ${HEIGHT * 0.55}, ${top} -20`;
}

/** Twelve fibers that fan out of their tube, with light traveling along some. Decoration only. */
export function FiberArt() {
  return (
    <div aria-hidden className="relative hidden overflow-hidden bg-[#071316] lg:block">
      <svg
        aria-hidden
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="xMidYMid slice"
        className="absolute inset-0 size-full"
        fill="none"
      >
        <defs>
          <radialGradient id="glow" cx="58%" cy="100%" r="75%">
            <stop offset="0%" stopColor="#14b8a6" stopOpacity="0.32" />
            <stop offset="100%" stopColor="#14b8a6" stopOpacity="0" />
          </radialGradient>
        </defs>
        <rect width={WIDTH} height={HEIGHT} fill="url(#glow)" />
        {strands.map((color, index) => (
          <g key={color} stroke={color} strokeLinecap="round">
            <path d={strandPath(index)} strokeWidth="5" opacity="0.12" />
            <path d={strandPath(index)} strokeWidth="1.4" opacity="0.75" />
            <path
              d={strandPath(index)}
              pathLength={100}
              strokeWidth="2.6"
              className={classes('light-pulse', index % 2 === 1 && 'light-pulse-back')}
              style={{ animationDelay: `${(index * 7) % 12}s` }}
            />
          </g>
        ))}
      </svg>
    </div>
  );
}

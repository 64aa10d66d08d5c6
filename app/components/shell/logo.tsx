/** The end of a fiber seen from the front: cladding, core, and the light in it. */
export function Mark({ className = 'size-7' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className} fill="none">
      <path
        d="M6.2 10.5A11.5 11.5 0 1 1 4.5 16"
        className="stroke-accent"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <path
        d="M5.6 4.6v6.2h6.2"
        className="stroke-accent"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="16" r="6" className="fill-glow" opacity="0.22" />
      <circle cx="16" cy="16" r="3" className="fill-accent" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <Mark />
      <span className="font-semibold text-[17px] tracking-tight">Fiberkeep</span>
    </span>
  );
}

/** The initials of a person; decoration beside the name. */
export function Avatar({
  name,
  className = 'size-7 text-[11px]',
}: {
  name: string;
  className?: string;
}) {
  const words = name.trim().split(/\s+/u);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => (word ? ([...word][0] ?? '') : ''))
    .join('')
    .toLocaleUpperCase();
  return (
    <span
      aria-hidden
      className={`grid shrink-0 place-items-center overflow-hidden rounded-full bg-accent-soft font-semibold text-accent-strong ${className}`}
    >
      {initials}
    </span>
  );
}

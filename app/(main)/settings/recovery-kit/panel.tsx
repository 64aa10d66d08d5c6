import type { ReactNode } from 'react';

interface Props {
  title: string;
  text?: string;
  children?: ReactNode;
}

export function Panel({ title, text, children }: Props) {
  return (
    <section
      aria-label={title}
      className="rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6"
    >
      <h2 className="font-semibold text-[15px] tracking-tight">{title}</h2>
      {text && <p className="mt-0.5 text-pretty text-ink-2 text-sm">{text}</p>}
      {children && <div className="mt-5">{children}</div>}
    </section>
  );
}

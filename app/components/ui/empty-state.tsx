import type { ReactNode } from 'react';

interface Props {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** 1 where the page has no other heading. */
  level?: 1 | 2;
}

export function EmptyState({ icon, title, children, action, level = 2 }: Props) {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className="grid justify-items-center gap-1 px-6 py-16 text-center">
      <div className="mb-3 grid size-12 place-items-center rounded-full bg-accent-soft text-accent">
        {icon}
      </div>
      <Heading className="font-semibold text-base tracking-tight">{title}</Heading>
      {children && <div className="max-w-md text-pretty text-ink-2 text-sm">{children}</div>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

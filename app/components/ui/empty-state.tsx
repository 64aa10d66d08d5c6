import type { ReactNode } from 'react';

interface Props {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <div className="grid justify-items-center gap-1 px-6 py-16 text-center">
      <div className="mb-3 grid size-12 place-items-center rounded-full bg-accent-soft text-accent">
        {icon}
      </div>
      <h2 className="font-semibold text-base tracking-tight">{title}</h2>
      {children && <div className="max-w-md text-pretty text-ink-2 text-sm">{children}</div>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

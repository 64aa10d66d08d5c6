'use client';

import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Toast } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Button } from './button.tsx';

interface ToastText {
  readonly title: string;
  /** What it is about, such as the name of a backup. */
  readonly about?: string;
  readonly detail?: string;
  readonly tone: 'good' | 'danger';
  /** What can be done about it. It must be possible elsewhere too: a toast disappears. */
  readonly action?: { readonly label: string; readonly onSelect: () => void };
}

type Entry = ToastText & { readonly id: number };

const ToastContext = createContext<(toast: ToastText) => void>(() => {});

/** Shows a short message at the edge of the page, also to screen readers. */
export function useToast() {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useTranslations('common');
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const next = useRef(0);
  const show = useCallback((toast: ToastText) => {
    next.current += 1;
    const id = next.current;
    setEntries((all) => [...all.slice(-3), { ...toast, id }]);
  }, []);
  const close = (id: number) => setEntries((all) => all.filter((entry) => entry.id !== id));
  return (
    <ToastContext value={show}>
      <Toast.Provider label={t('notification')} duration={6000} swipeDirection="right">
        {children}
        {entries.map((entry) => (
          <ToastCard key={entry.id} entry={entry} onClose={() => close(entry.id)} />
        ))}
        <Toast.Viewport
          label={t('notifications')}
          className="fixed right-0 bottom-0 z-70 flex w-full max-w-md flex-col gap-2 p-4 outline-none print:hidden"
        />
      </Toast.Provider>
    </ToastContext>
  );
}

function ToastCard({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const t = useTranslations('common');
  const failed = entry.tone === 'danger';
  return (
    <Toast.Root
      type={failed ? 'foreground' : 'background'}
      duration={failed || entry.action ? 12_000 : 6000}
      onOpenChange={(open) => open || onClose()}
      className="flex animate-rise items-start gap-3 rounded-lg bg-surface p-3.5 shadow-floating"
    >
      {failed ? (
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      ) : (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
      )}
      <div className="min-w-0 flex-1 text-sm [overflow-wrap:anywhere]">
        <Toast.Title className="font-medium">{entry.title}</Toast.Title>
        {entry.about && <p className="mt-0.5 text-ink-2">{entry.about}</p>}
        {entry.detail && (
          <Toast.Description className="mt-0.5 text-ink-2">{entry.detail}</Toast.Description>
        )}
      </div>
      {entry.action && (
        <Toast.Action altText={entry.action.label} asChild>
          <Button size="small" onClick={entry.action.onSelect}>
            {entry.action.label}
          </Button>
        </Toast.Action>
      )}
      <Toast.Close
        aria-label={t('close')}
        className="-m-1 grid size-6 place-items-center rounded text-ink-3 hover:bg-sunken hover:text-ink"
      >
        <X aria-hidden className="size-3.5" />
      </Toast.Close>
    </Toast.Root>
  );
}

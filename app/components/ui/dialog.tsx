'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import { useFocusReturn } from './use-focus-return.ts';

interface DialogProps {
  onClose: () => void;
  title: string;
  description?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** A dialog over the page while it is mounted: focus stays inside, Escape closes it, focus returns to its origin. */
export function Dialog({ onClose, title, description, wide, children }: DialogProps) {
  const t = useTranslations('common');
  const returnFocus = useFocusReturn();
  return (
    <Primitive.Root open onOpenChange={(next) => next || onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 grid animate-fade items-end justify-items-center overflow-y-auto bg-veil sm:items-center sm:p-6">
          <Primitive.Content
            {...(description ? {} : { 'aria-describedby': undefined })}
            onOpenAutoFocus={focusFirstField}
            onCloseAutoFocus={returnFocus}
            onEscapeKeyDown={leaveToOpenList}
            className={classes(
              'relative flex max-h-[92dvh] w-full animate-rise flex-col rounded-t-xl bg-surface shadow-floating outline-none sm:rounded-xl',
              wide ? 'sm:max-w-3xl' : 'sm:max-w-lg',
            )}
          >
            <header className="flex items-start gap-4 px-5 pt-5 pb-3 sm:px-6">
              <div className="min-w-0 flex-1">
                <Primitive.Title className="text-balance font-semibold text-base text-ink tracking-tight [overflow-wrap:anywhere]">
                  {title}
                </Primitive.Title>
                {description && (
                  <Primitive.Description className="mt-1 text-ink-2 text-sm [overflow-wrap:anywhere]">
                    {description}
                  </Primitive.Description>
                )}
              </div>
              <Primitive.Close
                aria-label={t('close')}
                className="-mt-1 -mr-2 grid size-8 shrink-0 place-items-center rounded-md text-ink-3 pointer-coarse:size-11 hover:bg-sunken hover:text-ink"
              >
                <X aria-hidden className="size-4" />
              </Primitive.Close>
            </header>
            {children}
          </Primitive.Content>
        </Primitive.Overlay>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** Escape closes the open list of a combobox first. */
function leaveToOpenList(event: KeyboardEvent): void {
  if (document.activeElement?.matches('[role="combobox"][aria-expanded="true"]'))
    event.preventDefault();
}

/** Focuses the first field of a form, not the close button. */
function focusFirstField(event: Event): void {
  const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>(
    'input:not([type="color"], [type="file"]), textarea, select',
  );
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** The part of a dialog that scrolls. */
export function DialogBody({ children }: { children: ReactNode }) {
  return <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5 sm:px-6">{children}</div>;
}

/** The buttons of a dialog, always visible. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <footer className="flex flex-wrap items-center justify-end gap-2 border-line border-t bg-sunken px-5 py-3 sm:rounded-b-xl sm:px-6">
      {children}
    </footer>
  );
}

'use client';

import { useTranslations } from 'next-intl';
import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import type { Problem } from '#app/data/problem.ts';
import { Button } from './button.tsx';
import { ProblemNote } from './problem-note.tsx';
import { useFocusReturn } from './use-focus-return.ts';

interface ConfirmProps {
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  children: ReactNode;
  confirmLabel: string;
  cancelLabel?: string;
  look?: 'danger' | 'primary';
  busy?: boolean;
  problem?: Problem | null;
}

/** Asks for confirmation while it is mounted. Focus starts on the Cancel button. */
export function ConfirmDialog(props: ConfirmProps) {
  const t = useTranslations('common');
  const returnFocus = useFocusReturn();
  return (
    <AlertDialog.Root open onOpenChange={(next) => next || props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 grid animate-fade items-end justify-items-center bg-veil sm:items-center sm:p-6">
          <AlertDialog.Content
            onCloseAutoFocus={returnFocus}
            className="flex w-full animate-rise flex-col rounded-t-xl bg-surface shadow-floating outline-none sm:max-w-md sm:rounded-xl"
          >
            <div className="px-5 pt-5 pb-5 sm:px-6">
              <AlertDialog.Title className="text-balance font-semibold text-base tracking-tight [overflow-wrap:anywhere]">
                {props.title}
              </AlertDialog.Title>
              <AlertDialog.Description asChild>
                <div className="mt-2 grid gap-3 text-ink-2 text-sm [overflow-wrap:anywhere]">
                  {props.children}
                </div>
              </AlertDialog.Description>
              <ProblemNote problem={props.problem ?? null} className="mt-4" />
            </div>
            <footer className="flex flex-wrap justify-end gap-2 border-line border-t bg-sunken px-5 py-3 sm:rounded-b-xl sm:px-6">
              <AlertDialog.Cancel asChild>
                <Button>{props.cancelLabel ?? t('cancel')}</Button>
              </AlertDialog.Cancel>
              <Button look={props.look ?? 'danger'} busy={props.busy} onClick={props.onConfirm}>
                {props.confirmLabel}
              </Button>
            </footer>
          </AlertDialog.Content>
        </AlertDialog.Overlay>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

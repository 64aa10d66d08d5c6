'use client';

import { useTranslations } from 'next-intl';
import { type MouseEvent, type ReactNode, useState } from 'react';
import type { Problem } from '#app/data/problem.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Dialog, DialogBody, DialogFooter } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  onClose: () => void;
  onSubmit: () => void;
  title: string;
  description?: string;
  submitLabel: string;
  sending: boolean;
  problem: Problem | null;
  /** Paths of the fields that show their own errors. */
  fields: readonly string[];
  wide?: boolean;
  /** Closing discards nothing that was work to type. */
  keepsNothing?: boolean;
  children: ReactNode;
}

/**
 * A form in a dialog. Enter submits, errors appear beside their fields, and only Cancel discards
 * without asking.
 */
export function FormDialog(props: Props) {
  const t = useTranslations('common');
  const [changed, setChanged] = useState(false);
  const [asking, setAsking] = useState(false);
  const change = () => setChanged(true);
  return (
    <>
      <Dialog
        onClose={() => (changed && !props.keepsNothing ? setAsking(true) : props.onClose())}
        title={props.title}
        description={props.description}
        wide={props.wide}
      >
        <form
          className="contents"
          onChange={change}
          onDrop={change}
          onClickCapture={(event) => isSwitch(event) && change()}
          onSubmit={(event) => {
            event.preventDefault();
            props.onSubmit();
          }}
        >
          <DialogBody>
            <div className="grid gap-4">
              {props.children}
              <ProblemNote problem={props.problem} shownFields={props.fields} />
            </div>
          </DialogBody>
          <DialogFooter>
            <Button onClick={props.onClose}>{t('cancel')}</Button>
            <Button type="submit" look="primary" busy={props.sending}>
              {props.submitLabel}
            </Button>
          </DialogFooter>
        </form>
      </Dialog>
      {asking && (
        <ConfirmDialog
          onClose={() => setAsking(false)}
          onConfirm={props.onClose}
          title={t('discardTitle')}
          confirmLabel={t('discard')}
          cancelLabel={t('keepEditing')}
        >
          {t('discardText')}
        </ConfirmDialog>
      )}
    </>
  );
}

/** Clicks count as changes: tags, check boxes and comboboxes change without an input event. */
function isSwitch({ target }: MouseEvent): boolean {
  return (
    target instanceof Element &&
    target.closest('[aria-pressed], [role="checkbox"], [role="combobox"]') !== null
  );
}

'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Problem } from '../../data/problem.ts';
import { Button } from './button.tsx';
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
  children: ReactNode;
}

/** A form in a window: Enter sends, errors stand where they belong. */
export function FormDialog(props: Props) {
  const t = useTranslations('common');
  return (
    <Dialog
      onClose={props.onClose}
      title={props.title}
      description={props.description}
      wide={props.wide}
    >
      <form
        className="contents"
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
  );
}

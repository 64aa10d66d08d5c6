'use client';

import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { controlLook } from '#app/components/ui/field.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import {
  CreateTagDocument,
  DeleteTagDocument,
  type TagPartsFragment,
  TagsDocument,
  TagUsesDocument,
  UpdateTagDocument,
} from '#generated/graphql/client/graphql.ts';

const FIRST_COLOR = '#0ea5a0';

/** The tags of the network: create, rename, recolor, delete. */
export function TagsDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('tags');
  const [{ data }, read] = useQuery({ query: TagsDocument });
  const refresh = () => read({ requestPolicy: 'network-only' });
  return (
    <Dialog onClose={onClose} title={t('title')} description={t('description')}>
      <DialogBody>
        <div className="grid gap-4">
          <NewTag onDone={refresh} />
          <ul className="grid gap-1">
            {data?.tags.map((tag) => (
              <TagRow key={tag.id} tag={tag} onChanged={refresh} />
            ))}
          </ul>
        </div>
      </DialogBody>
    </Dialog>
  );
}

const swatch =
  'size-9 shrink-0 cursor-pointer rounded-md bg-surface p-1 ring-1 ring-line-strong ring-inset';

function NewTag({ onDone }: { onDone: () => void }) {
  const t = useTranslations('tags');
  const common = useTranslations('common');
  const [name, setName] = useState('');
  const [color, setColor] = useState(FIRST_COLOR);
  const { send, sending, problem } = useSend(CreateTagDocument);
  const create = async () => {
    if (!(await send({ input: { name, color } }))) return;
    setName('');
    onDone();
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className="flex gap-2">
        <input
          type="color"
          aria-label={t('color')}
          value={color}
          onChange={(event) => setColor(event.target.value)}
          className={swatch}
        />
        <input
          aria-label={t('newName')}
          placeholder={t('newName')}
          value={name}
          required
          onChange={(event) => setName(event.target.value)}
          className={`h-9 ${controlLook}`}
        />
        <Button type="submit" look="primary" busy={sending}>
          {common('create')}
        </Button>
      </div>
      <ProblemNote problem={problem} />
    </form>
  );
}

function TagRow({ tag, onChanged }: { tag: TagPartsFragment; onChanged: () => void }) {
  const t = useTranslations('tags');
  const [name, setName] = useState(tag.name);
  const [color, setColor] = useState(tag.color);
  const [asking, setAsking] = useState(false);
  const update = useSend(UpdateTagDocument);
  const save = async () => {
    if (name === tag.name && color === tag.color) return;
    if (await update.send({ id: tag.id, input: { name, color } })) onChanged();
  };
  return (
    <li className="grid gap-2">
      <div className="flex items-center gap-2">
        <input
          type="color"
          aria-label={t('colorOf', { name: tag.name })}
          value={color}
          onChange={(event) => setColor(event.target.value)}
          onBlur={() => void save()}
          className={swatch}
        />
        <input
          aria-label={t('nameOf', { name: tag.name })}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onBlur={() => void save()}
          onKeyDown={(event) => event.key === 'Enter' && void save()}
          className={`h-9 ${controlLook}`}
        />
        <IconButton
          label={t('deleteNamed', { name: tag.name })}
          icon={<Trash2 aria-hidden className="size-4" />}
          danger
          onClick={() => setAsking(true)}
        />
      </div>
      <ProblemNote problem={update.problem} />
      {asking && <DeleteTag tag={tag} onClose={() => setAsking(false)} onDeleted={onChanged} />}
    </li>
  );
}

interface DeleteProps {
  tag: TagPartsFragment;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks, and says what loses the tag. */
function DeleteTag({ tag, onClose, onDeleted }: DeleteProps) {
  const t = useTranslations('tags');
  const [{ data, error }] = useQuery({
    query: TagUsesDocument,
    variables: { id: tag.id },
    requestPolicy: 'network-only',
  });
  const { send, sending, problem } = useSend(DeleteTagDocument);
  const remove = async () => {
    if (!(await send({ id: tag.id }))) return;
    onDeleted();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name: tag.name })}
      confirmLabel={t('delete')}
      busy={sending || (!data && !error)}
      problem={problem ?? (error ? problemOf(error) : null)}
    >
      <p>{data ? t('uses', { count: data.tagUses }) : t('counting')}</p>
    </ConfirmDialog>
  );
}

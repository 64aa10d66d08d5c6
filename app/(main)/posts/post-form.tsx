'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { Choice } from '#app/components/ui/combobox.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TagPicker } from '#app/components/ui/tag-picker.tsx';
import { TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  CreatePostDocument,
  type PostPartsFragment,
  UpdatePostDocument,
} from '#generated/graphql/client/graphql.ts';
import type { ElementFilter } from './element-filter.ts';
import { ElementPicker } from './element-picker.tsx';
import { FileChooser } from './file-chooser.tsx';
import { KeptFiles } from './kept-files.tsx';
import { useUploads } from './use-uploads.ts';

interface Props {
  /** Null: a new one. */
  post: PostPartsFragment | null;
  /** The element that a new post begins on. */
  element: ElementFilter | null;
  onClose: () => void;
  onSaved: () => void;
}

/** The dialog that writes or changes a post; its files follow once it is saved. */
export function PostForm({ post, element, onClose, onSaved }: Props) {
  const t = useTranslations('posts');
  const common = useTranslations('common');
  const toast = useToast();
  const [kind, setKind] = useState(element?.kind ?? 'POLE');
  const [target, setTarget] = useState<Choice | null>(element);
  const [title, setTitle] = useState(post?.title ?? '');
  const [observation, setObservation] = useState(post?.observation ?? '');
  const [tagIds, setTagIds] = useState(post?.tags.map((tag) => tag.id) ?? []);
  const [keptId, setKeptId] = useState(post?.id ?? null);
  const [sendingFiles, setSendingFiles] = useState(false);
  const { uploads, add, remove, sendAll } = useUploads();
  const create = useSend(CreatePostDocument);
  const update = useSend(UpdatePostDocument);
  const problem = create.problem ?? update.problem;

  const keep = async (): Promise<string | null> => {
    const texts = { title, observation, tagIds };
    if (keptId) {
      const answer = await update.send({ id: keptId, input: texts });
      return answer?.updatePost.post.id ?? null;
    }
    const input = { ...texts, element: { kind, id: target?.id ?? '' } };
    const answer = await create.send({ input });
    return answer?.createPost.post.id ?? null;
  };
  const save = async () => {
    const id = await keep();
    if (!id) return;
    setKeptId(id);
    setSendingFiles(true);
    const complete = await sendAll(id);
    setSendingFiles(false);
    onSaved();
    if (!complete) return;
    toast({ tone: 'good', title: t('saved', { title }) });
    onClose();
  };

  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save()}
      title={post ? t('editTitle') : t('create')}
      submitLabel={keptId ? common('save') : common('create')}
      sending={create.sending || update.sending || sendingFiles}
      problem={problem}
      fields={['title', 'observation', 'element', 'element.id']}
    >
      {!keptId && (
        <ElementPicker
          kind={kind}
          onKind={setKind}
          target={target}
          onTarget={setTarget}
          error={problem?.fields['element.id'] ?? problem?.fields.element ?? null}
        />
      )}
      <TextField
        label={t('postTitle')}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        error={problem?.fields.title}
        required
      />
      <TextAreaField
        label={t('observation')}
        optional={common('optional')}
        value={observation}
        onChange={(event) => setObservation(event.target.value)}
        error={problem?.fields.observation}
      />
      <TagPicker tagIds={tagIds} onChange={setTagIds} />
      {post && <KeptFiles files={post.files} onChanged={onSaved} />}
      <FileChooser uploads={uploads} onAdd={add} onRemove={remove} busy={sendingFiles} />
    </FormDialog>
  );
}

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
  type CreatePostInput,
  DeletePostFileDocument,
  type PostPartsFragment,
  UpdatePostDocument,
} from '#generated/graphql/client/graphql.ts';
import type { ElementFilter } from './element-filter.ts';
import { ElementPicker } from './element-picker.tsx';
import { FileChooser } from './file-chooser.tsx';
import { KeptFiles } from './kept-files.tsx';
import { useUploads } from './use-uploads.ts';
import { type Work, WorkFields } from './work-fields.tsx';

interface Props {
  /** Null creates a new one. */
  post: PostPartsFragment | null;
  /** The element preselected for a new post. */
  element: ElementFilter | null;
  onClose: () => void;
  onSaved: () => void;
}

/** The dialog that creates or changes a post. Its files are sent after it is saved. */
export function PostForm(props: Props) {
  const { post, onClose } = props;
  const t = useTranslations('posts');
  const common = useTranslations('common');
  const draft = useDraft(props);
  const { isNew, problem, uploads } = draft;
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void draft.save()}
      title={post ? t('editTitle') : t('create')}
      submitLabel={isNew ? common('create') : common('save')}
      sending={draft.sending}
      problem={problem}
      fields={['title', 'observation', 'work', 'dueOn', 'element', 'element.id']}
    >
      {isNew && (
        <ElementPicker
          kind={draft.kind}
          onKind={draft.setKind}
          target={draft.target}
          onTarget={draft.setTarget}
          error={problem?.fields['element.id'] ?? problem?.fields.element ?? null}
        />
      )}
      <TextField
        label={t('postTitle')}
        value={draft.title}
        onChange={(event) => draft.setTitle(event.target.value)}
        error={problem?.fields.title}
        required
      />
      <TextAreaField
        label={t('observation')}
        optional={common('optional')}
        value={draft.observation}
        onChange={(event) => draft.setObservation(event.target.value)}
        error={problem?.fields.observation}
      />
      <WorkFields work={draft.work} onWork={draft.setWork} problem={problem} />
      <TagPicker tagIds={draft.tagIds} onChange={draft.setTagIds} />
      {post && (
        <KeptFiles
          files={post.files}
          going={draft.going}
          onGoing={draft.setGoing}
          busy={draft.sending}
        />
      )}
      <FileChooser
        uploads={uploads.uploads}
        onAdd={uploads.add}
        onRemove={uploads.remove}
        busy={draft.sendingFiles}
      />
    </FormDialog>
  );
}

/** The state of the form, and how to save it. A saved post stays if its files fail. */
function useDraft({ post, element, onClose, onSaved }: Props) {
  const t = useTranslations('posts');
  const toast = useToast();
  const [kind, setKind] = useState(element?.kind ?? 'POLE');
  const [target, setTarget] = useState<Choice | null>(element);
  const [title, setTitle] = useState(post?.title ?? '');
  const [observation, setObservation] = useState(post?.observation ?? '');
  const [work, setWork] = useState<Work>({ state: post?.work ?? 'NONE', dueOn: post?.dueOn ?? '' });
  const [tagIds, setTagIds] = useState(post?.tags.map((tag) => tag.id) ?? []);
  const [sendingFiles, setSendingFiles] = useState(false);
  const [going, setGoing] = useState<ReadonlySet<string>>(new Set());
  const removal = useSend(DeletePostFileDocument);
  const uploads = useUploads();
  const saved = useSavedPost(post);

  /** Whether all are removed. What is removed stays so where a later one fails. */
  const removeGoing = async (): Promise<boolean> => {
    for (const id of going) {
      if (!(await removal.send({ id }))) return false;
      setGoing((ids) => new Set([...ids].filter((one) => one !== id)));
    }
    return true;
  };
  const save = async () => {
    const dueOn = work.state === 'NONE' || work.dueOn === '' ? null : work.dueOn;
    const texts = { title, observation, work: work.state, dueOn, tagIds };
    const id = await saved.save(texts, { kind, id: target?.id ?? '' });
    if (!id) return;
    setSendingFiles(true);
    const complete = (await removeGoing()) && (await uploads.sendAll(id));
    setSendingFiles(false);
    onSaved();
    if (!complete) return;
    toast({ tone: 'good', title: t('saved', { title }) });
    onClose();
  };
  return {
    kind,
    setKind,
    target,
    setTarget,
    title,
    setTitle,
    observation,
    setObservation,
    work,
    setWork,
    tagIds,
    setTagIds,
    going,
    setGoing,
    uploads,
    sendingFiles,
    save,
    isNew: saved.isNew,
    sending: saved.sending || sendingFiles,
    problem: saved.problem ?? removal.problem,
  };
}

/** Creates the post on the first call of `save`, and updates it on later calls. */
function useSavedPost(post: PostPartsFragment | null) {
  const [id, setId] = useState(post?.id ?? null);
  const create = useSend(CreatePostDocument);
  const update = useSend(UpdatePostDocument);
  const save = async (
    texts: Omit<CreatePostInput, 'element'>,
    element: { kind: ElementFilter['kind']; id: string },
  ): Promise<string | null> => {
    if (id) return (await update.send({ id, input: texts }))?.updatePost.post.id ?? null;
    const answer = await create.send({ input: { ...texts, element } });
    const created = answer?.createPost.post.id ?? null;
    setId(created);
    return created;
  };
  return {
    save,
    isNew: id === null,
    sending: create.sending || update.sending,
    problem: create.problem ?? update.problem,
  };
}

'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { DeletePostDocument, type PostPartsFragment } from '#generated/graphql/client/graphql.ts';

interface Props {
  post: PostPartsFragment;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeletePost({ post, onClose, onDeleted }: Props) {
  const t = useTranslations('posts');
  const common = useTranslations('common');
  const toast = useToast();
  const { send, sending, problem } = useSend(DeletePostDocument);
  const remove = async () => {
    if (!(await send({ id: post.id }))) return;
    toast({ tone: 'good', title: t('deleted', { title: post.title }) });
    onDeleted();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { title: post.title })}
      confirmLabel={common('delete')}
      busy={sending}
      problem={problem}
    >
      <p>{t('deleteText', { count: post.files.length })}</p>
    </ConfirmDialog>
  );
}

'use client';

import { PencilLine, Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Avatar } from '#app/components/ui/avatar.tsx';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useSend } from '#app/data/use-send.ts';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import {
  DeleteUserDocument,
  type UserPartsFragment,
  UsersDocument,
} from '#generated/graphql/client/graphql.ts';
import { UserForm } from './user-form.tsx';

type Task = { kind: 'create' } | { kind: 'edit' | 'delete'; user: UserPartsFragment };

export function UserList() {
  const t = useTranslations('users');
  const [search, setSearch] = useState('');
  const [task, setTask] = useState<Task | null>(null);
  const filter = { search: search === '' ? null : search };
  const list = useConnection(UsersDocument, filter, (data) => data.users);
  const columns = useColumns();
  const close = () => setTask(null);
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SearchField label={t('search')} value={search} onChange={setSearch} />
        <Button
          look="primary"
          icon={<Plus aria-hidden className="size-4" />}
          onClick={() => setTask({ kind: 'create' })}
        >
          {t('newUser')}
        </Button>
      </div>
      <ProblemNote problem={list.problem} />
      <div>
        <DataTable
          label={t('users')}
          columns={columns}
          rows={list.nodes}
          loading={list.phase === 'loading'}
          actions={(user) => (
            <>
              <IconButton
                label={t('editNamed', { name: user.name })}
                icon={<PencilLine aria-hidden className="size-4" />}
                onClick={() => setTask({ kind: 'edit', user })}
              />
              <IconButton
                label={t('deleteNamed', { name: user.name })}
                icon={<Trash2 aria-hidden className="size-4" />}
                danger
                onClick={() => setTask({ kind: 'delete', user })}
              />
            </>
          )}
        />
        <ListFooter list={list} />
      </div>
      {task?.kind === 'delete' && (
        <DeleteUser user={task.user} onClose={close} onDeleted={list.refetch} />
      )}
      {(task?.kind === 'create' || task?.kind === 'edit') && (
        <UserForm
          user={task.kind === 'edit' ? task.user : null}
          onClose={close}
          onSaved={list.refetch}
        />
      )}
    </div>
  );
}

function useColumns(): readonly Column<UserPartsFragment>[] {
  const t = useTranslations('users');
  const roleName = useRoleName();
  return [
    {
      key: 'name',
      header: t('name'),
      cell: (user) => (
        <div className="flex min-w-0 items-center gap-3">
          <Avatar name={user.name} className="size-8 text-xs" />
          <div className="min-w-0 leading-tight">
            <div className="flex flex-wrap items-center gap-x-2">
              <span className="font-medium [overflow-wrap:anywhere]">{user.name}</span>
              {user.disabled && <Badge tone="warn">{t('disabled')}</Badge>}
            </div>
            <div className="text-ink-3 text-xs [overflow-wrap:anywhere]">{user.email}</div>
          </div>
        </div>
      ),
    },
    { key: 'role', header: t('role'), cell: (user) => roleName(user.role), from: 'sm' },
    {
      key: 'createdAt',
      header: t('createdAt'),
      cell: (user) => <Moment at={user.createdAt} />,
      from: 'md',
      className: 'whitespace-nowrap text-ink-2',
    },
  ];
}

interface DeleteProps {
  user: UserPartsFragment;
  onClose: () => void;
  onDeleted: () => void;
}

function DeleteUser({ user, onClose, onDeleted }: DeleteProps) {
  const t = useTranslations('users');
  const common = useTranslations('common');
  const { send, sending, problem } = useSend(DeleteUserDocument);
  const remove = async () => {
    if (!(await send({ id: user.id }))) return;
    onDeleted();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name: user.name })}
      confirmLabel={common('delete')}
      busy={sending}
      problem={problem}
    >
      <p>{t('deleteText')}</p>
    </ConfirmDialog>
  );
}

'use client';

import { PencilLine, Plus, Trash2 } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import {
  DeleteRoleDocument,
  type RolePartsFragment,
  RolesDocument,
} from '#generated/graphql/client/graphql.ts';
import { allActions } from './actions.ts';
import { RoleForm } from './role-form.tsx';

type Task = { kind: 'create' } | { kind: 'edit' | 'delete'; role: RolePartsFragment };

export function RoleList() {
  const t = useTranslations('users');
  const roleName = useRoleName();
  const [{ data, error, fetching }, read] = useQuery({ query: RolesDocument });
  const [task, setTask] = useState<Task | null>(null);
  const columns = useColumns();
  const refresh = () => read({ requestPolicy: 'network-only' });
  const close = () => setTask(null);
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex justify-end">
        <Button
          look="primary"
          icon={<Plus aria-hidden className="size-4" />}
          onClick={() => setTask({ kind: 'create' })}
        >
          {t('newRole')}
        </Button>
      </div>
      <ProblemNote problem={error ? problemOf(error) : null} />
      <DataTable
        label={t('roles')}
        columns={columns}
        rows={data?.roles ?? []}
        loading={fetching}
        actions={(role) => (
          <>
            <IconButton
              label={t('editNamed', { name: roleName(role) })}
              icon={<PencilLine aria-hidden className="size-4" />}
              onClick={() => setTask({ kind: 'edit', role })}
            />
            <IconButton
              label={t('deleteNamed', { name: roleName(role) })}
              tip={role.builtIn ? t('builtInStays') : undefined}
              icon={<Trash2 aria-hidden className="size-4" />}
              danger
              unavailable={role.builtIn}
              onClick={() => setTask({ kind: 'delete', role })}
            />
          </>
        )}
      />
      {task?.kind === 'delete' && (
        <DeleteRole role={task.role} onClose={close} onDeleted={refresh} />
      )}
      {(task?.kind === 'create' || task?.kind === 'edit') && (
        <RoleForm
          role={task.kind === 'edit' ? task.role : null}
          onClose={close}
          onSaved={refresh}
        />
      )}
    </div>
  );
}

function useColumns(): readonly Column<RolePartsFragment>[] {
  const t = useTranslations('users');
  const roleName = useRoleName();
  const format = useFormatter();
  return [
    {
      key: 'name',
      header: t('role'),
      cell: (role) => (
        <span className="flex flex-wrap items-center gap-2 font-medium [overflow-wrap:anywhere]">
          {roleName(role)}
          {!role.builtIn && <Badge tone="accent">{t('custom')}</Badge>}
        </span>
      ),
    },
    {
      key: 'actions',
      header: t('allows'),
      cell: (role) => (
        <span className="text-ink-2">
          {t('allowsCount', { count: role.actions.length, total: allActions.length })}
        </span>
      ),
      from: 'sm',
    },
    {
      key: 'userCount',
      header: t('users'),
      cell: (role) => format.number(role.userCount),
      align: 'right',
    },
  ];
}

interface DeleteProps {
  role: RolePartsFragment;
  onClose: () => void;
  onDeleted: () => void;
}

function DeleteRole({ role, onClose, onDeleted }: DeleteProps) {
  const t = useTranslations('users');
  const roleName = useRoleName();
  const common = useTranslations('common');
  const { send, sending, problem } = useSend(DeleteRoleDocument);
  const remove = async () => {
    if (!(await send({ id: role.id }))) return;
    onDeleted();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name: roleName(role) })}
      confirmLabel={common('delete')}
      busy={sending}
      problem={problem}
    >
      <p>{t('deleteRoleText')}</p>
    </ConfirmDialog>
  );
}

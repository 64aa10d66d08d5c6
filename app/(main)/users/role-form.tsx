'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import {
  CreateRoleDocument,
  type RolePartsFragment,
  UpdateRoleDocument,
} from '#generated/graphql/client/graphql.ts';
import { actionGroups } from './actions.ts';

interface Props {
  /** Null creates a new one. */
  role: RolePartsFragment | null;
  onClose: () => void;
  onSaved: () => void;
}

export function RoleForm({ role, onClose, onSaved }: Props) {
  const t = useTranslations('users');
  const actionText = useTranslations('actions');
  const common = useTranslations('common');
  const toast = useToast();
  const roleName = useRoleName();
  const [name, setName] = useState(role?.name ?? '');
  const [actions, setActions] = useState<readonly string[]>(role?.actions ?? []);
  const create = useSend(CreateRoleDocument);
  const update = useSend(UpdateRoleDocument);
  const problem = create.problem ?? update.problem;
  const toggle = (action: string, on: boolean) =>
    setActions((now) => (on ? [...now, action] : now.filter((other) => other !== action)));
  const save = async () => {
    const input = { name, actions: [...actions] };
    const saved = role ? await update.send({ id: role.id, input }) : await create.send({ input });
    if (!saved) return;
    toast({ tone: 'good', title: t('saved', { name: role?.builtIn ? roleName(role) : name }) });
    onSaved();
    onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save()}
      title={role ? t('editTitle', { name: roleName(role) }) : t('newRole')}
      submitLabel={role ? common('save') : common('create')}
      sending={create.sending || update.sending}
      problem={problem}
      fields={['name']}
    >
      <TextField
        label={t('roleName')}
        value={role?.builtIn ? roleName(role) : name}
        readOnly={role?.builtIn}
        hint={role?.builtIn ? t('builtInKeepsName') : undefined}
        onChange={(event) => setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      {Object.entries(actionGroups).map(([group, groupActions]) => (
        <fieldset key={group}>
          <legend className="mb-2 font-medium text-[13px]">
            {actionText(`groups.${group}` as Parameters<typeof actionText>[0])}
          </legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {groupActions.map((action) => (
              <CheckField
                key={action}
                label={actionText(action)}
                checked={actions.includes(action)}
                onChange={(on) => toggle(action, on)}
              />
            ))}
          </div>
        </fieldset>
      ))}
    </FormDialog>
  );
}

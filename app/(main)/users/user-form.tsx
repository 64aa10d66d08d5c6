'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import {
  CreateUserDocument,
  RolesDocument,
  UpdateUserDocument,
  type UserPartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  /** Null: a new one. */
  user: UserPartsFragment | null;
  onClose: () => void;
  onSaved: () => void;
}

export function UserForm({ user, onClose, onSaved }: Props) {
  const t = useTranslations('users');
  const common = useTranslations('common');
  const toast = useToast();
  const roleName = useRoleName();
  const [{ data }] = useQuery({ query: RolesDocument });
  const [name, setName] = useState(user?.name ?? '');
  const [email, setEmail] = useState(user?.email ?? '');
  const [password, setPassword] = useState('');
  const [roleId, setRoleId] = useState(user?.role.id ?? '');
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const create = useSend(CreateUserDocument);
  const update = useSend(UpdateUserDocument);
  const problem = create.problem ?? update.problem;
  const save = async () => {
    const shared = { name, email, roleId };
    const newPassword = password === '' ? {} : { password };
    const saved = user
      ? await update.send({ id: user.id, input: { ...shared, ...newPassword, disabled } })
      : await create.send({ input: { ...shared, password } });
    if (!saved) return;
    toast({ tone: 'good', title: t('saved', { name }) });
    onSaved();
    onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save()}
      title={user ? t('editTitle', { name: user.name }) : t('newUser')}
      submitLabel={user ? common('save') : common('create')}
      sending={create.sending || update.sending}
      problem={problem}
      fields={['name', 'email', 'password', 'roleId']}
    >
      <TextField
        label={t('name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      <TextField
        label={t('email')}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={problem?.fields.email}
        required
      />
      <SelectField
        label={t('role')}
        value={roleId}
        onChange={(event) => setRoleId(event.target.value)}
        options={(data?.roles ?? []).map((role) => ({ value: role.id, label: roleName(role) }))}
        placeholder={t('chooseRole')}
        error={problem?.fields.roleId}
        required
      />
      <TextField
        label={user ? t('newPassword') : t('password')}
        optional={user ? common('optional') : undefined}
        hint={t('passwordHint')}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={problem?.fields.password}
        required={!user}
      />
      {user && (
        <CheckField
          label={t('disable')}
          hint={t('disableHint')}
          checked={disabled}
          onChange={setDisabled}
        />
      )}
    </FormDialog>
  );
}

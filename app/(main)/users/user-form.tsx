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
  /** Null creates a new one. */
  user: UserPartsFragment | null;
  onClose: () => void;
  onSaved: () => void;
}

/** The dialog that creates or changes a user. */
export function UserForm(props: Props) {
  const { user, onClose } = props;
  const t = useTranslations('users');
  const common = useTranslations('common');
  const draft = useDraft(props);
  const { problem } = draft;
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void draft.save()}
      title={user ? t('editTitle', { name: user.name }) : t('newUser')}
      submitLabel={user ? common('save') : common('create')}
      sending={draft.sending}
      problem={problem}
      fields={['name', 'email', 'password', 'roleId']}
    >
      <TextField
        label={t('name')}
        value={draft.name}
        onChange={(event) => draft.setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      <TextField
        label={t('email')}
        type="email"
        value={draft.email}
        onChange={(event) => draft.setEmail(event.target.value)}
        error={problem?.fields.email}
        required
      />
      <RoleField draft={draft} />
      <TextField
        label={user ? t('newPassword') : t('password')}
        optional={user ? common('optional') : undefined}
        hint={t('passwordHint')}
        type="password"
        autoComplete="new-password"
        value={draft.password}
        onChange={(event) => draft.setPassword(event.target.value)}
        error={problem?.fields.password}
        required={!user}
      />
      {user && (
        <CheckField
          label={t('disable')}
          hint={t('disableHint')}
          checked={draft.disabled}
          onChange={draft.setDisabled}
        />
      )}
    </FormDialog>
  );
}

type Draft = ReturnType<typeof useDraft>;

/** The state of the form, and how to save it. */
function useDraft({ user, onClose, onSaved }: Props) {
  const t = useTranslations('users');
  const toast = useToast();
  const [name, setName] = useState(user?.name ?? '');
  const [email, setEmail] = useState(user?.email ?? '');
  const [password, setPassword] = useState('');
  const [roleId, setRoleId] = useState(user?.role.id ?? '');
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const create = useSend(CreateUserDocument);
  const update = useSend(UpdateUserDocument);
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
  return {
    name,
    setName,
    email,
    setEmail,
    password,
    setPassword,
    roleId,
    setRoleId,
    disabled,
    setDisabled,
    save,
    sending: create.sending || update.sending,
    problem: create.problem ?? update.problem,
  };
}

function RoleField({ draft }: { draft: Draft }) {
  const t = useTranslations('users');
  const roleName = useRoleName();
  const [{ data }] = useQuery({ query: RolesDocument });
  return (
    <SelectField
      label={t('role')}
      value={draft.roleId}
      onChange={(event) => draft.setRoleId(event.target.value)}
      options={(data?.roles ?? []).map((role) => ({ value: role.id, label: roleName(role) }))}
      placeholder={t('chooseRole')}
      error={draft.problem?.fields.roleId}
      required
    />
  );
}

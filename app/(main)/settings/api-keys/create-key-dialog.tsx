'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { actionGroups } from '#app/(main)/users/actions.ts';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import { useFieldText } from '#app/data/use-field-text.ts';
import { useSend } from '#app/data/use-send.ts';
import { useMay } from '#app/session/me-context.tsx';
import type { NewApiKeyPartsFragment } from '#generated/graphql/client/graphql.ts';
import { CreateApiKeyDocument } from '#generated/graphql/client/graphql.ts';
import { expiries, expiryOf, firstActions } from './new-key.ts';

interface Props {
  onClose: () => void;
  onCreated: (made: NewApiKeyPartsFragment) => void;
}

/** The form of a new key: name, expiry, and permissions from those of its creator. */
export function CreateKeyDialog({ onClose, onCreated }: Props) {
  const t = useTranslations('apiKeys');
  const may = useMay();
  const { send, sending, problem } = useSend(CreateApiKeyDocument);
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState<string>('365');
  const [until, setUntil] = useState('');
  const [actions, setActions] = useState<readonly string[]>(() => firstActions.filter(may));
  const create = async () => {
    const expiresAt = expiryOf(expiry, until, new Date());
    const answer = await send({ input: { name, actions: [...actions], expiresAt } });
    if (answer) onCreated(answer.createApiKey);
  };
  const toggle = (action: string, on: boolean) =>
    setActions((now) => (on ? [...now, action] : now.filter((other) => other !== action)));
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void create()}
      title={t('createTitle')}
      description={t('createText')}
      submitLabel={t('create')}
      sending={sending}
      problem={problem}
      fields={['name', 'actions', 'expiresAt']}
    >
      <TextField
        label={t('name')}
        hint={t('nameHint')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('expires')}
          value={expiry}
          onChange={(event) => setExpiry(event.target.value)}
          options={expiries.map((value) => ({ value, label: t(`expiries.${value}`) }))}
          error={expiry === 'date' ? undefined : problem?.fields.expiresAt}
        />
        {expiry === 'date' && (
          <TextField
            type="date"
            label={t('until')}
            value={until}
            onChange={(event) => setUntil(event.target.value)}
            error={problem?.fields.expiresAt}
            required
          />
        )}
      </div>
      <Actions chosen={actions} error={problem?.fields.actions} onToggle={toggle} />
    </FormDialog>
  );
}

interface ActionsProps {
  chosen: readonly string[];
  error: FieldProblem | undefined;
  onToggle: (action: string, on: boolean) => void;
}

/** Offers only the creator's own actions: a key never does more than its creator. */
function Actions({ chosen, error, onToggle }: ActionsProps) {
  const t = useTranslations('apiKeys');
  const actionText = useTranslations('actions');
  const fieldText = useFieldText();
  const may = useMay();
  const groups = Object.entries(actionGroups)
    .map(([group, actions]) => ({ group, own: actions.filter(may) }))
    .filter(({ own }) => own.length > 0);
  return (
    <div className="grid gap-4">
      {groups.map(({ group, own }) => (
        <fieldset key={group}>
          <legend className="mb-2 font-medium text-[13px]">
            {actionText(`groups.${group}` as Parameters<typeof actionText>[0])}
          </legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {own.map((action) => (
              <CheckField
                key={action}
                label={actionText(action)}
                checked={chosen.includes(action)}
                onChange={(on) => onToggle(action, on)}
              />
            ))}
          </div>
        </fieldset>
      ))}
      <p className={error ? 'text-[13px] text-danger' : 'text-[13px] text-ink-3'}>
        {error ? fieldText(error) : t('actionsHint')}
      </p>
    </div>
  );
}

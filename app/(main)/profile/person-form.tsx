'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useMe } from '#app/session/me-context.tsx';
import { localeNames, locales } from '#errors/locale.ts';
import { UpdateProfileDocument } from '#generated/graphql/client/graphql.ts';

/** Name and language. Saving renders the page again in the chosen language. */
export function PersonForm() {
  const t = useTranslations('profile');
  const common = useTranslations('common');
  const router = useRouter();
  const toast = useToast();
  const { user } = useMe();
  const [name, setName] = useState(user.name);
  const [locale, setLocale] = useState(user.locale ?? '');
  const { send, sending, problem } = useSend(UpdateProfileDocument);
  const save = async () => {
    if (!(await send({ input: { name, locale: locale === '' ? null : locale } }))) return;
    toast({ tone: 'good', title: t('saved') });
    router.refresh();
  };
  return (
    <form
      className="grid gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={t('name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="name"
        error={problem?.fields.name}
        required
      />
      <SelectField
        label={t('language')}
        value={locale}
        onChange={(event) => setLocale(event.target.value)}
        placeholder={t('asBrowser')}
        options={locales.map((value) => ({ value, label: localeNames[value] }))}
        error={problem?.fields.locale}
      />
      <ProblemNote problem={problem} shownFields={['name', 'locale']} className="sm:col-span-2" />
      <div className="sm:col-span-2">
        <Button type="submit" look="primary" busy={sending}>
          {common('save')}
        </Button>
      </div>
    </form>
  );
}

'use client';

import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { RadioGroup } from 'radix-ui';
import { useEffect, useState } from 'react';
import { Tip } from '../ui/tip.tsx';

const looks = [
  { value: 'light', icon: Sun },
  { value: 'system', icon: Monitor },
  { value: 'dark', icon: Moon },
] as const;

type Look = (typeof looks)[number]['value'];

const YEAR_SECONDS = 31_536_000;

function put(look: Look): void {
  const root = document.documentElement;
  if (look === 'system') delete root.dataset.theme;
  else root.dataset.theme = look;
  const age = look === 'system' ? 0 : YEAR_SECONDS;
  const cookie = `theme=${look}; path=/; max-age=${age}; samesite=lax`;
  Reflect.set(document, 'cookie', cookie);
}

/** Light, dark or system. The server reads the choice from a cookie, so that no page flashes. */
export function ThemeSwitch() {
  const t = useTranslations('theme');
  const [look, setLook] = useState<Look>('system');
  useEffect(() => {
    const now = document.documentElement.dataset.theme;
    if (now === 'light' || now === 'dark') setLook(now);
  }, []);
  return (
    <RadioGroup.Root
      aria-label={t('label')}
      value={look}
      onValueChange={(value) => {
        setLook(value as Look);
        put(value as Look);
      }}
      className="flex gap-0.5 rounded-lg bg-line/60 p-0.5"
    >
      {looks.map(({ value, icon: Icon }) => (
        <Tip key={value} text={t(value)}>
          <RadioGroup.Item
            value={value}
            aria-label={t(value)}
            className="grid h-7 flex-1 place-items-center rounded-md px-2.5 text-ink-3 hover:text-ink aria-checked:bg-surface aria-checked:text-ink aria-checked:shadow-raised aria-checked:ring-1 aria-checked:ring-line-strong"
          >
            <Icon aria-hidden className="size-3.5" />
          </RadioGroup.Item>
        </Tip>
      ))}
    </RadioGroup.Root>
  );
}

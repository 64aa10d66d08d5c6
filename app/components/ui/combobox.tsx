'use client';

import { ChevronsUpDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { FieldProblem } from '#app/data/problem.ts';
import { classes } from './classes.ts';
import { controlLook, Field } from './field.tsx';

export interface Choice {
  readonly id: string;
  readonly name: string;
}

interface Props {
  label: string;
  error?: FieldProblem | null;
  optional?: string;
  hiddenLabel?: boolean;
  placeholder?: string;
  value: Choice | null;
  onChange: (choice: Choice | null) => void;
  /** Returns the first few that start with the typed text. */
  find: (search: string) => Promise<readonly Choice[]>;
}

const SETTLE_MS = 150;

/** A choice among many, found by typing: the WAI-ARIA combobox with a list (APG). */
export function ComboboxField(props: Props) {
  const { label, error, optional, hiddenLabel, placeholder, value, onChange, find } = props;
  const t = useTranslations('common');
  const listId = useId();
  const box = useCombobox(onChange, find);
  const { open, choices, active } = box;
  return (
    <Field label={label} error={error} optional={optional} hiddenLabel={hiddenLabel}>
      {(control) => (
        <div className="relative">
          <input
            {...control}
            role="combobox"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && choices[active] ? `${listId}-${active}` : undefined}
            autoComplete="off"
            value={box.typed ?? value?.name ?? ''}
            placeholder={placeholder ?? t('typeToFind')}
            onChange={(event) => box.type(event.target.value)}
            onClick={box.show}
            onBlur={box.close}
            onKeyDown={box.onKeyDown}
            className={classes('h-9 pr-9', controlLook)}
          />
          <ChevronsUpDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-3 size-3.5 -translate-y-1/2 text-ink-3"
          />
          <ChoiceList id={listId} label={label} box={box} />
        </div>
      )}
    </Field>
  );
}

type Combobox = ReturnType<typeof useCombobox>;

/** The list's state, and what keys do to it. */
function useCombobox(onChange: Props['onChange'], find: Props['find']) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const { choices, searching } = useChoices(open ? (typed ?? '') : null, find);
  const close = () => {
    setOpen(false);
    setTyped(null);
  };
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    onChange(choice);
    close();
  };
  const type = (text: string) => {
    setTyped(text);
    setActive(0);
    setOpen(true);
    if (text === '') onChange(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      choose(choices[active]);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (!open) setOpen(true);
      else setActive((at) => (at + step + choices.length) % Math.max(1, choices.length));
    }
  };
  const show = () => setOpen(true);
  return { open, show, close, typed, type, choose, choices, active, searching, onKeyDown };
}

function ChoiceList({ id, label, box }: { id: string; label: string; box: Combobox }) {
  const t = useTranslations('common');
  const { open, choices, active, searching, choose } = box;
  return (
    <div
      id={id}
      role="listbox"
      aria-label={label}
      hidden={!open}
      className="absolute inset-x-0 top-full z-10 mt-1 max-h-52 overflow-y-auto rounded-lg bg-surface p-1 shadow-floating"
    >
      {choices.map((choice, index) => (
        <ChoiceRow
          key={choice.id}
          id={`${id}-${index}`}
          choice={choice}
          active={index === active}
          onChoose={choose}
        />
      ))}
      {choices.length === 0 && (
        <div
          className="px-2.5 py-1.5 text-ink-3 text-sm"
          role="option"
          aria-selected={false}
          aria-disabled
          tabIndex={-1}
        >
          {searching ? t('searching') : t('nothingFound')}
        </div>
      )}
    </div>
  );
}

interface RowProps {
  id: string;
  choice: Choice;
  active: boolean;
  onChoose: (choice: Choice) => void;
}

function ChoiceRow({ id, choice, active, onChoose }: RowProps) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={active}
      tabIndex={-1}
      onMouseDown={(event) => {
        event.preventDefault();
        onChoose(choice);
      }}
      className={classes(
        'cursor-default truncate rounded-md px-2.5 py-1.5 text-sm',
        active ? 'bg-accent-soft text-accent-strong' : 'hover:bg-sunken',
      )}
    >
      {choice.name}
    </div>
  );
}

function useChoices(search: string | null, find: Props['find']) {
  const [choices, setChoices] = useState<readonly Choice[]>([]);
  const [searching, setSearching] = useState(false);
  const finder = useRef(find);
  finder.current = find;
  useEffect(() => {
    if (search === null) return;
    let current = true;
    setSearching(true);
    const timer = setTimeout(async () => {
      const found = await finder.current(search);
      if (!current) return;
      setChoices(found);
      setSearching(false);
    }, SETTLE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [search]);
  return { choices, searching };
}

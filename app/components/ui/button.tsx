import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes.ts';
import { Link } from './link.tsx';
import { Spinner } from './spinner.tsx';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary:
    'bg-accent text-on-accent shadow-raised hover:bg-accent-strong disabled:bg-line disabled:text-ink-3 disabled:shadow-none',
  plain:
    'bg-surface text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken disabled:text-ink-3',
  quiet: 'text-ink-2 hover:bg-sunken hover:text-ink disabled:text-ink-3',
  danger: 'bg-danger text-on-danger hover:bg-danger-strong disabled:bg-line disabled:text-ink-3',
};

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  size?: 'small' | 'normal';
  /** Shows that the click is being processed, and ignores further ones. */
  busy?: boolean;
  icon?: ReactNode;
}

function buttonLook(look: Look, size: 'small' | 'normal'): string {
  return classes(
    'inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium transition-colors duration-100',
    size === 'small' ? 'h-8 px-2.5 text-[13px]' : 'h-9 px-3.5 text-sm',
    looks[look],
  );
}

interface ButtonLinkProps extends ComponentProps<typeof Link> {
  icon?: ReactNode;
}

/** A link to another page that looks like a button. */
export function ButtonLink({ icon, children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} className={buttonLook('plain', 'normal')}>
      {icon}
      {children}
    </Link>
  );
}

export function Button(props: ButtonProps) {
  const {
    look = 'plain',
    size = 'normal',
    busy = false,
    icon,
    className,
    children,
    ...rest
  } = props;
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      className={classes(buttonLook(look, size), className)}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

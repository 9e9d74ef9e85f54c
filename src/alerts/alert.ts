/** Something worth a person's attention. Plain, readonly, versioned JSON. */
export interface Alert {
  readonly kind: 'alert';
  readonly version: 1;
  readonly step: number;
  readonly level: 'info' | 'warn' | 'error';
  /** Name of the rule that raised it. */
  readonly rule: string;
  readonly title: string;
  readonly message: string;
  /** The numbers behind it. */
  readonly evidence: Readonly<Record<string, number | string | null>>;
}

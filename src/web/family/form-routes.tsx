import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HubError } from '../../errors.ts';
import type { FormDoor, FormValue } from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import type { Clock } from '../../time/index.ts';
import { type FieldProblem, FormPage, fieldOf, KeptPage } from './form-page.tsx';
import { Problem } from './problem.tsx';

export type FormPagePorts = { forms: FormDoor; texts: Texts; signer: Signer; clock: Clock };

/** Ten answers of 300 Vietnamese letters, as a form sends them. */
const FORM_MOST = 64 * 1024;

/**
 * The page behind "Trả lời" in a mail. The token names the delivery: its guardian answers for its child, as long as the
 * address is theirs and the right stands. A GET only shows; the same POST twice keeps one answer.
 */
export function formPages({ forms, texts, signer, clock }: FormPagePorts): Hono {
  const app = new Hono();
  const smallForm = bodyLimit({
    maxSize: FORM_MOST,
    onError: (c) => c.html(<Problem texts={texts} kind="error" />, 413),
  });
  const formHere = async (c: Context) => {
    const found = await forms.formBehind(signer.verify('form', c.req.param('token') ?? '', clock.now()));
    if (!found) throw new HubError('badLink');
    return found;
  };

  app.get('/family/form/:token', async (c) => c.html(<FormPage texts={texts} form={await formHere(c)} />));

  app.post('/family/form/:token', smallForm, async (c) => {
    const found = await formHere(c);
    const body: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
    const raws = found.questions.map((_, place) => String(body[fieldOf(place)] ?? ''));
    const read = found.questions.map((question, place) => forms.read(question, raws[place] ?? ''));
    const problems = read.map((one): FieldProblem => ('problem' in one ? one.problem : null));
    if (found.state === 'open' && problems.some((one) => one !== null))
      return c.html(<FormPage texts={texts} form={found} raws={raws} problems={problems} />, 422);
    const values = read.map((one): FormValue => ('value' in one ? one.value : null));
    const { formId, guardianId, pupilId, channel, contactId, language } = found;
    const result =
      found.state === 'open'
        ? await forms.keep(formId, { guardianId, pupilId }, values, {
            channel,
            contactId,
            language,
            key: `page:${randomUUID()}`,
          })
        : 'closed';
    if (result === 'gone') throw new HubError('badLink');
    const now = await formHere(c);
    return result === 'kept'
      ? c.html(<KeptPage texts={texts} form={now} path={c.req.path} />)
      : c.html(<FormPage texts={texts} form={now} />);
  });

  return app;
}

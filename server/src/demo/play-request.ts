import {
  acceptRequest,
  addDiagnosis,
  cancelRequest,
  closeRequest,
  declineRequest,
  rateRequest,
  releaseRequest,
  submitRequest,
} from '#server/modules/care/index.ts';
import { sendMessage, syncRoom } from '#server/modules/chat/index.ts';
import type { Ctx } from '../context.ts';
import type { Line } from './data/case.ts';
import type { Actors } from './make-people.ts';
import type { PlannedRequest } from './plan-requests.ts';

/** Lets one request happen, each step by the one whose step it is. */
export async function playRequest(ctx: Ctx, actors: Actors, plan: PlannedRequest): Promise<void> {
  const { patient, to, matter, complaint, urgency, released, fate, talk } = plan;
  const asPatient = ctx.as(actors.of(patient));
  const target = to === null ? { specialty: matter.specialty } : { doctorId: actors.of(to).accountId };
  const { id } = await submitRequest(asPatient, { ...target, complaint, urgency });
  if (released !== null) {
    const asFirst = ctx.as(actors.of(released.by));
    await acceptRequest(asFirst, { id });
    await syncRoom(ctx, { requestId: id });
    await releaseRequest(asFirst, { id, reason: released.reason });
    await syncRoom(ctx, { requestId: id });
  }
  if (fate.end === 'submitted') return;
  if (fate.end === 'cancelled') {
    await cancelRequest(asPatient, { id, reason: fate.reason });
    return;
  }
  const asDoctor = ctx.as(actors.of(fate.by));
  if (fate.end === 'declined') {
    await declineRequest(asDoctor, { id, reason: fate.reason });
    return;
  }
  await acceptRequest(asDoctor, { id });
  // Of what stays open at least a word of the doctor, or it would go back to the queue.
  const said = talk.length > 0 || fate.end !== 'accepted' ? talk : [greeting];
  if (said.length > 0) {
    await syncRoom(ctx, { requestId: id });
    await converse({ patient: asPatient, doctor: asDoctor }, id, said);
  }
  if (fate.end !== 'accepted') await addDiagnosis(asDoctor, { id, ...matter.diagnosis });
  if (fate.rating !== null) await rateRequest(asPatient, { id, ...fate.rating });
  if (fate.end === 'closed') await closeRequest(asDoctor, { id });
  await syncRoom(ctx, { requestId: id });
}

const greeting: Line = ['doctor', 'Hello, I have read your request. Give me a moment, I am right with you.'];

async function converse(as: { patient: Ctx; doctor: Ctx }, id: string, talk: readonly Line[]): Promise<void> {
  for (const [index, [who, text]] of talk.entries())
    await sendMessage(as[who], { id, clientId: `demo-${index + 1}`, text });
}

/** Why operators did what they did, as they wrote it. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { NoteStore, type WrittenNote } from '../customers/identity/note.store.js';
import { Roles } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { PageRequest, pageView } from '../platform/http/paging.js';

class NotesRequest extends PageRequest {
  @ApiProperty({ description: "An order's or customer's id, `node-<number>` or `projection-<name>`." })
  @IsString()
  @MaxLength(100)
  readonly subjectId!: string;
}

class NoteView implements WrittenNote {
  @ApiProperty({ description: 'As the event of the act names it, if there is one.' }) readonly noteId!: string;
  @ApiProperty() readonly subjectId!: string;
  @ApiProperty({ description: "An operator's id, or `command-line`." }) readonly authorId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What was done, where no event says so.' }) readonly deed!: string | null;
  @ApiProperty() readonly text!: string;
  @ApiProperty({ format: 'date-time' }) readonly writtenAt!: string;
}
class NotesPage extends pageView(NoteView) {}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/notes')
export class NotesController {
  constructor(private readonly notes: NoteStore) {}

  @Get()
  @ReadsFrom()
  @ApiOperation({ summary: 'The written reasons for what operators did, newest first' })
  @ApiOkResponse({ type: NotesPage })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED, CURSOR_INVALID' })
  async list(@Query() { subjectId, ...wish }: NotesRequest): Promise<NotesPage> {
    return this.notes.of(subjectId, wish);
  }
}

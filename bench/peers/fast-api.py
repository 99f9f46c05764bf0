# What people write by hand: FastAPI, SQLAlchemy's ORM on asyncpg, pydantic for the answers, uvicorn with one process.
# `/list` the doctors of a specialty, `/requests/{id}` a request with all that belongs to it. It asks nobody who they are.

import json
import os
import socket
from datetime import datetime
from typing import List, Optional
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, ForeignKey, select
from sqlalchemy.dialects.postgresql import ARRAY, BOOLEAN, DOUBLE_PRECISION, INTEGER, TEXT
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import declarative_base, joinedload, relationship, selectinload, sessionmaker

Base = declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    id = Column(Uuid(as_uuid=True), primary_key=True)
    full_name = Column(TEXT)


class Doctor(Base):
    __tablename__ = "doctors"
    account_id = Column(Uuid(as_uuid=True), primary_key=True)
    specialty = Column(TEXT)
    full_name = Column(TEXT)
    country = Column(TEXT)
    city = Column(TEXT)
    bio = Column(TEXT)
    experience_years = Column(INTEGER)
    languages = Column(ARRAY(TEXT))
    accepting_requests = Column(BOOLEAN)
    listed = Column(BOOLEAN)
    rating_count = Column(INTEGER)
    rating_sum = Column(INTEGER)
    score = Column(DOUBLE_PRECISION)


class Diagnosis(Base):
    __tablename__ = "diagnoses"
    id = Column(Uuid(as_uuid=True), primary_key=True)
    request_id = Column(Uuid(as_uuid=True), ForeignKey("care_requests.id"))
    doctor_id = Column(Uuid(as_uuid=True))
    title = Column(TEXT)
    icd10 = Column(TEXT)
    description = Column(TEXT)
    recommendations = Column(TEXT)
    created_at = Column(DateTime(timezone=True))


class Rating(Base):
    __tablename__ = "ratings"
    request_id = Column(Uuid(as_uuid=True), ForeignKey("care_requests.id"), primary_key=True)
    stars = Column(INTEGER)
    comment = Column(TEXT)
    created_at = Column(DateTime(timezone=True))


class CareRequest(Base):
    __tablename__ = "care_requests"
    id = Column(Uuid(as_uuid=True), primary_key=True)
    status = Column(TEXT)
    patient_id = Column(Uuid(as_uuid=True), ForeignKey("accounts.id"))
    doctor_id = Column(Uuid(as_uuid=True), ForeignKey("accounts.id"))
    specialty = Column(TEXT)
    complaint = Column(TEXT)
    urgency = Column(TEXT)
    submitted_at = Column(DateTime(timezone=True))
    accepted_at = Column(DateTime(timezone=True))
    diagnosed_at = Column(DateTime(timezone=True))
    closed_at = Column(DateTime(timezone=True))
    patient = relationship(Account, foreign_keys=[patient_id])
    doctor = relationship(Account, foreign_keys=[doctor_id])
    diagnoses = relationship(Diagnosis, order_by=Diagnosis.created_at)
    rating = relationship(Rating, uselist=False)


class Model(BaseModel):
    class Config:
        orm_mode = True


class DoctorOut(Model):
    account_id: UUID
    specialty: str
    full_name: str
    country: Optional[str]
    city: Optional[str]
    bio: Optional[str]
    experience_years: Optional[int]
    languages: List[str]
    accepting_requests: bool
    rating_count: int
    rating_sum: int
    score: float


class PersonOut(Model):
    id: UUID
    full_name: str


class DiagnosisOut(Model):
    id: UUID
    request_id: UUID
    doctor_id: UUID
    title: str
    icd10: Optional[str]
    description: str
    recommendations: str
    created_at: datetime


class RatingOut(Model):
    stars: int
    comment: Optional[str]
    created_at: datetime


class RequestOut(Model):
    id: UUID
    status: str
    patient: PersonOut
    doctor: Optional[PersonOut]
    specialty: str
    complaint: str
    urgency: str
    diagnoses: List[DiagnosisOut]
    rating: Optional[RatingOut]
    submitted_at: datetime
    accepted_at: Optional[datetime]
    diagnosed_at: Optional[datetime]
    closed_at: Optional[datetime]


engine = create_async_engine(
    os.environ["BENCH_DATABASE"].replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=16,
    max_overflow=0,
)
Session = sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI()


@app.get("/list", response_model=List[DoctorOut])
async def doctors(specialty: str = "cardiology"):
    statement = (
        select(Doctor)
        .where(Doctor.listed, Doctor.specialty == specialty)
        .order_by(Doctor.score.desc(), Doctor.account_id.desc())
        .limit(20)
    )
    async with Session() as session:
        return (await session.scalars(statement)).all()


@app.get("/requests/{id}", response_model=RequestOut)
async def request(id: UUID):
    statement = (
        select(CareRequest)
        .where(CareRequest.id == id)
        .options(
            joinedload(CareRequest.patient),
            joinedload(CareRequest.doctor),
            joinedload(CareRequest.rating),
            selectinload(CareRequest.diagnoses),
        )
    )
    async with Session() as session:
        return (await session.scalars(statement)).one()


if __name__ == "__main__":
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(json.dumps({"url": f"ws://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
